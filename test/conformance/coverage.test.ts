import { describe, expect, it } from 'vitest';
import { readGroups, writeGroups } from './conformance.ts';
import { readApis } from './data-set-reads.ts';
import { writeApis } from './data-set-writes.ts';
import { dataSets } from './data-sets.ts';

/** Every case of the suite by clause and name; the rows of the data sets are counted by themselves. */
const rows: readonly string[] = [...readGroups, ...writeGroups].flatMap(({ cases }) =>
  cases.map(({ clause, name }) => `${clause}: ${name}`),
);

/** What servers are known to get wrong, and which rows try it. */
const traps: readonly (readonly [string, readonly RegExp[]])[] = [
  [
    'referrers and tags of a repository that does not exist',
    [/never 404/u, /repository that does not exist has no list/u],
  ],
  [
    'a digest that is none, taken for a tag',
    [/not taken for a tag: sha256:baddigeststring/u, /reads nothing under the digest sha256:bad/u],
  ],
  [
    'a Location that does not lead to the content',
    [/takes one byte .* in a single POST/u, /mounts from the repository named/u, /its Location/u],
  ],
  [
    'chunks out of order, and what the upload says afterwards',
    [/PATCH of 11-20 after 0-9 gives 416/u, /PUT of 11-20 after 0-9 gives 416/u, /begin at 0/u],
  ],
  [
    'blobs without bytes, and sha512 that was not announced',
    [/takes no bytes .* in chunks, closed/u, /takes \{\} /u, /sha512 digest, in chunks, closed/u],
  ],
  [
    'odd ranges',
    ['500-1499', '500-', '-500', '2000-5000', '500-0', '5000-10000'].map(
      (range) => new RegExp(`Range bytes=${range} gives`, 'u'),
    ),
  ],
  ['large manifests, byte by byte', [/takes a manifest of 4 MiB unchanged/u]],
  [
    'subjects that are missing, or those of an index',
    [/image whose subject is missing/u, /index whose subject is missing/u],
  ],
  [
    'wrong digests, whatever the way',
    [
      /refuses a digest of other content, in a single POST/u,
      /refuses a digest of other content, by POST, then PUT/u,
      /refuses a digest of other content, in chunks/u,
      /refuses a digest of other content, as a stream/u,
    ],
  ],
  [
    'mounts of what is not there',
    [/the source lacks: an upload begins/u, /nobody has: an upload/u],
  ],
  [
    'deletes that are not immediate',
    [/removes the tag at once/u, /all of its tags with it, at once/u, /is gone at once/u],
  ],
];

const endpoints = [
  ...['end-1', 'end-2', 'end-3', 'end-4a', 'end-4b', 'end-4c', 'end-5', 'end-6', 'end-7a'],
  ...['end-7b', 'end-8a', 'end-8b', 'end-9', 'end-10', 'end-11', 'end-12a', 'end-12b'],
  ...['end-13', 'end-14'],
];

describe('the conformance suite', () => {
  it('names every case only once', () => {
    expect(rows.length).toBe(new Set(rows).size);
  });

  it.each(traps)('has rows for a known trap: %s', (_, patterns) => {
    for (const pattern of patterns) {
      expect(
        rows.filter((row) => pattern.test(row)),
        String(pattern),
      ).not.toEqual([]);
    }
  });

  it.each(endpoints)('has rows for %s', (id) => {
    expect(rows.filter((row) => row.split(':')[0]?.endsWith(` ${id}`))).not.toEqual([]);
  });

  it('tries 28 APIs', () => {
    const names = [...readApis, ...writeApis].map(({ name }) => name);
    expect(new Set(names).size).toBe(28);
  });

  it('tries 24 data sets, two of which are refused', () => {
    expect(new Set(dataSets.map(({ name }) => name)).size).toBe(22);
    for (const refused of ['Bad Digest Image', 'Invalid Manifest Digest']) {
      expect(rows.filter((row) => row.includes(`: ${refused}: `))).not.toEqual([]);
    }
  });

  it.each([...readApis, ...writeApis].map((api) => [api.name, api] as const))(
    'leaves %s out only for sets that have nothing for it',
    (_, { applies }) => {
      for (const set of dataSets.filter((each) => !applies(each))) {
        expect([set.blobs.length, set.manifests.length]).toContain(0);
      }
    },
  );
});
