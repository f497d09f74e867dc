import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Descriptor, digestOf, mediaTypes } from '../../spec/index.ts';
import type { CatalogChange, ManifestTable } from '../manifest-table.ts';
import { emptyIndex, parseIndexFile, snapshotIndex } from './index-file.ts';

/** More than a page has room for. */
const descriptors = Array.from({ length: 70 }, (_, number) => ({
  mediaType: number % 3 === 0 ? mediaTypes.index : mediaTypes.manifest,
  digest: digestOf(Buffer.from(String(number))),
  size: number,
  ...(number % 2 === 0 ? {} : { artifactType: 'application/vnd.example' }),
}));
const retyped = descriptors.map((each) => ({ ...each, mediaType: mediaTypes.dockerManifest }));
const names = Array.from({ length: 90 }, (_, number) => `t"${String(number)}`);

const digest = fc.constantFrom(...descriptors).map((descriptor) => descriptor.digest);
const step: fc.Arbitrary<CatalogChange | 'write'> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...descriptors, ...retyped).map(put) },
  {
    weight: 8,
    arbitrary: fc
      .tuple(fc.constantFrom(...names), digest)
      .map(([tag, target]) => ({ kind: 'tag', tag, digest: target }) as const),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(...names).map((tag) => ({ kind: 'untag', tag }) as const),
  },
  { weight: 2, arbitrary: digest.map((target) => ({ kind: 'drop', digest: target }) as const) },
  { weight: 2, arbitrary: fc.constant('write' as const) },
);

function put(descriptor: Descriptor): CatalogChange {
  return { kind: 'put', descriptor };
}

function stateOf(table: ManifestTable): unknown {
  return [...table.rows()]
    .map((row) => ({ ...row, names: [...row.names].sort() }))
    .sort((a, b) => (a.descriptor.digest < b.descriptor.digest ? -1 : 1));
}

const textOf = (index: Parameters<typeof snapshotIndex>[0]) =>
  Buffer.concat(snapshotIndex(index)).toString();

describe('index.json', () => {
  it('says what the table has, however often and whenever it is written', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 300 }), (steps) => {
        const index = emptyIndex();
        for (const one of steps) {
          if (one === 'write') snapshotIndex(index);
          else index.table.apply(one);
        }
        const read = parseIndexFile(textOf(index));
        expect(stateOf(read.table)).toEqual(stateOf(index.table));
        expect(textOf(read)).toBe(textOf(index));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps what other programs wrote into an entry, word for word, until its name moves', () => {
    const [a, b] = descriptors as [(typeof descriptors)[0], (typeof descriptors)[0]];
    const name = { 'org.opencontainers.image.ref.name': 'x' };
    const entries = [
      { custom: 1, ...a, annotations: { more: 'y', ...name } },
      { platform: { os: 'linux', architecture: 'amd64' }, ...b },
    ];
    const index = parseIndexFile(JSON.stringify({ schemaVersion: 2, manifests: entries }));
    const manifests = () => (JSON.parse(textOf(index)) as { manifests: unknown }).manifests;
    expect(manifests()).toEqual(entries);
    index.table.apply({ kind: 'tag', tag: 'x', digest: b.digest });
    expect(manifests()).toEqual([a, { ...b, annotations: name }]);
  });
});
