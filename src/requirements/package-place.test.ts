import { describe, expect, it } from 'vitest';
import { parseModuleSource } from './module-source.ts';
import { escapesPackage, rootPackage, stepInto } from './package-place.ts';

/** Whether the last of the calls leads out of the package that it belongs to. */
function escapes(...sources: readonly string[]): boolean {
  let place = rootPackage;
  for (const text of sources) {
    const source = parseModuleSource(text, { hasVersion: false });
    if (!('text' in source)) throw new Error(source.detail);
    place = stepInto(place, source);
  }
  return escapesPackage(place, 'module.x') !== undefined;
}

describe('a module’s place in its package', () => {
  it.each([
    ['the root’s, which has no end', ['./a', '../../../b']],
    ['a subfolder', ['a/b/c', './x']],
    ['a subfolder of a subfolder’s neighbour', ['a/b/c//x/y', '../z']],
    ['the top again', ['a/b/c//x', '../']],
    ['another package', ['a/b/c', 'd/e/f', './x']],
  ])('is inside: %s', (_, sources) => {
    expect(escapes(...sources)).toBe(false);
  });

  it.each([
    ['above the top', ['a/b/c', '../x']],
    ['above it in two steps', ['a/b/c//x', '../', '../y']],
    ['back from outside', ['a/b/c', '../', './*']],
  ])('is outside: %s', (_, sources) => {
    expect(escapes(...sources)).toBe(true);
  });

  it('is the root’s where the source can not be told', () => {
    expect(stepInto({ address: 'x', path: '*' }, undefined)).toBe(rootPackage);
  });
});
