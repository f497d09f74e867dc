import { describe, expect, it } from 'vitest';
import { mergeScopes, scopeOf } from './scopes.ts';

describe('scopeOf', () => {
  it('asks for pull, or for pull and push', () => {
    expect(scopeOf('a/b', 'pull')).toBe('repository:a/b:pull');
    expect(scopeOf('a/b', 'push')).toBe('repository:a/b:pull,push');
  });
});

describe('mergeScopes', () => {
  const own = 'repository:a/b:pull';

  it.each([
    [undefined, [own]],
    ['', [own]],
    ['repository:a/b:pull', [own]],
    ['repository:a/b:push,pull', ['repository:a/b:pull,push']],
    ['repository:a/b:*', ['repository:a/b:*']],
    [
      'repository:z/z:pull  repository:a/b:push',
      ['repository:a/b:pull,push', 'repository:z/z:pull'],
    ],
    ['repository:host:5000/a:push', [own, 'repository:host:5000/a:push']],
    ['registry:catalog:*', ['registry:catalog:*', own]],
    ['nonsense :x: repository:', [own]],
  ])('joins %j with what is needed', (challenged, expected) =>
    expect(mergeScopes(challenged, [own])).toEqual([...expected].sort()),
  );

  it('looks at ten scopes of a challenge at most', () => {
    const many = Array.from({ length: 99 }, (_, index) => `repository:x${String(index)}:pull`);
    expect(mergeScopes(many.join(' '), [own])).toHaveLength(11);
  });
});
