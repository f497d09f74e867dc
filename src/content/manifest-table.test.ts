import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf, mediaTypes } from '../spec/index.ts';
import { type CatalogChange, ManifestTable } from './manifest-table.ts';

const descriptors = ['a', 'b', 'c'].map((text) => ({
  mediaType: mediaTypes.index,
  digest: digestOf(Buffer.from(text)),
  size: 1,
}));
const tags = ['x', 'y', 'z', 'not a tag'];

const change: fc.Arbitrary<CatalogChange> = fc.oneof(
  fc.constantFrom(...descriptors).map((descriptor) => ({ kind: 'put', descriptor }) as const),
  fc
    .tuple(fc.constantFrom(...tags), fc.constantFrom(...descriptors))
    .map(([tag, { digest }]) => ({ kind: 'tag', tag, digest }) as const),
  fc.constantFrom(...tags).map((tag) => ({ kind: 'untag', tag }) as const),
  fc.constantFrom(...descriptors).map(({ digest }) => ({ kind: 'drop', digest }) as const),
);

/** Only what a repository commits: it never tags a manifest that it does not have. */
function possible(changes: readonly CatalogChange[]): readonly CatalogChange[] {
  const table = new ManifestTable();
  return changes.filter((one) => {
    if (one.kind === 'tag' && table.find(one.digest) === undefined) return false;
    table.apply(one);
    return true;
  });
}

function stateOf(table: ManifestTable): unknown {
  const rows = [...table.rows()].map(({ descriptor, names }) => [
    descriptor.digest,
    [...names].sort(),
  ]);
  return { rows: rows.sort(), tags: tags.map((tag) => [tag, table.digestOfTag(tag)]) };
}

function tableOf(changes: readonly CatalogChange[]): ManifestTable {
  const table = new ManifestTable();
  // Asked for at the start, so that the sorted list is kept up to date instead of made at the end.
  table.tagsAfter(undefined, 1);
  for (const one of changes) table.apply(one);
  return table;
}

describe('the manifest table', () => {
  it('lists exactly the tags it resolves, sorted', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const table = tableOf(changes);
        const expected = ['x', 'y', 'z'].filter((tag) => table.digestOfTag(tag) !== undefined);
        expect(table.tagsAfter(undefined, 9)).toEqual(expected);
        expect(table.tagsAfter('x', 9)).toEqual(expected.filter((tag) => tag > 'x'));
        for (const tag of tags) {
          const digest = table.digestOfTag(tag);
          if (digest !== undefined) expect(table.find(digest)).toBeDefined();
        }
      }),
    );
  });

  it('does not bring back a tag that moved to a manifest which was deleted then', () => {
    const [old, moved] = descriptors as [(typeof descriptors)[0], (typeof descriptors)[0]];
    const changes: readonly CatalogChange[] = [
      { kind: 'put', descriptor: old },
      { kind: 'put', descriptor: moved },
      { kind: 'tag', tag: 'x', digest: old.digest },
      { kind: 'tag', tag: 'x', digest: moved.digest },
      { kind: 'drop', digest: moved.digest },
    ];
    const table = tableOf(changes);
    for (const one of changes.slice(2)) table.apply(one);
    expect(table.digestOfTag('x')).toBeUndefined();
  });

  it('is the same when the last changes are applied a second time, as after a crash', () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 60 }), fc.nat(40), (wanted, from) => {
        const changes = possible(wanted);
        const table = tableOf(changes);
        const before = stateOf(table);
        for (const one of changes.slice(from)) table.apply(one);
        expect(stateOf(table)).toEqual(before);
      }),
      { numRuns: 1000 },
    );
  });
});
