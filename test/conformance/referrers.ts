import { expect } from 'vitest';
import type { Descriptor } from '../../src/spec/index.ts';
import type { TestAnswer } from '../support/http-request.ts';
import { type Check, expectRefusal, type Group, oncePerRegistry, type ReadCase } from './cases.ts';
import {
  absentDigest,
  descriptorOf,
  type Fields,
  image,
  index,
  newRepository,
  referenceTo,
  referrer,
  types,
} from './documents.ts';
import { allPages } from './paging.ts';
import type { Pushable, Registry } from './registry.ts';

interface Setting {
  readonly name: string;
  readonly subject: Pushable;
}

/** One subject; what `referrers` makes is pushed after it. */
function makeSetting(referrers: (subject: Pushable) => readonly Pushable[]) {
  return oncePerRegistry(async (writer): Promise<Setting> => {
    const name = await newRepository(writer);
    const subject = image({ annotations: { 'org.example.name': name } });
    for (const manifest of [subject, ...referrers(subject)]) {
      await writer.pushManifest(name, manifest);
    }
    return { name, subject };
  });
}

/** A case about one subject and what refers to it. */
function aboutSubject(
  setting: ReturnType<typeof makeSetting>,
  check: (reader: Registry, setting: Setting) => Promise<void>,
) {
  return async (writer: Registry): Promise<Check> => {
    const made = await setting(writer);
    return (reader) => check(reader, made);
  };
}

/** What an index of referrers says, after its form has been checked. */
function listedIn(answer: TestAnswer): readonly Descriptor[] {
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe(types.index);
  const body = answer.json as { readonly manifests: readonly Descriptor[] };
  expect(body).toMatchObject({ schemaVersion: 2, mediaType: types.index });
  return body.manifests;
}

async function listReferrers(reader: Registry, { name, subject }: Setting, query = '') {
  return listedIn(await reader.send('GET', `/v2/${name}/referrers/${subject.digest}${query}`));
}

const lonely = makeSetting(() => []);

const note = { 'org.example.note': 'kept "as it is", also Ünïcode' };
const config = descriptorOf(Buffer.from('{}'), types.config);

interface ShapeRow {
  readonly name: string;
  readonly make: (subject: Pushable) => Pushable;
  /** Beside media type, digest and size. */
  readonly listed: Fields;
}

const shapes: readonly ShapeRow[] = [
  {
    name: 'an artifact keeps its artifactType and its annotations',
    make: (subject) => referrer(subject, { annotations: note }),
    listed: { artifactType: types.sbom, annotations: note },
  },
  {
    name: 'an image without artifactType takes the media type of its config',
    make: (subject) => referrer(subject, { artifactType: undefined, config }),
    listed: { artifactType: types.config },
  },
  {
    name: 'an image with an empty artifactType takes the media type of its config',
    make: (subject) => referrer(subject, { artifactType: '', config }),
    listed: { artifactType: types.config },
  },
  {
    name: 'an index keeps its artifactType and its annotations',
    make: (subject) =>
      index([], {
        artifactType: types.sbom,
        subject: referenceTo(subject),
        annotations: note,
      }),
    listed: { artifactType: types.sbom, annotations: note },
  },
  {
    name: 'an index without artifactType has none',
    make: (subject) => index([], { subject: referenceTo(subject) }),
    listed: {},
  },
];

const listing: readonly ReadCase[] = [
  ...shapes.map(({ name, make, listed }): ReadCase => ({
    clause: 'v1.1.1 #listing-referrers',
    name,
    prepare: aboutSubject(
      makeSetting((subject) => [make(subject)]),
      async (reader, setting) => {
        const expected = { ...referenceTo(make(setting.subject)), ...listed };
        expect(await listReferrers(reader, setting)).toEqual([expected]);
      },
    ),
  })),
  {
    clause: 'v1.1.1 end-12a',
    name: 'a manifest that nothing refers to has an empty list',
    prepare: aboutSubject(lonely, async (reader, setting) => {
      expect(await listReferrers(reader, setting)).toEqual([]);
    }),
  },
  ...[absentDigest, `sha512:${'0'.repeat(128)}`].map((digest): ReadCase => ({
    clause: 'v1.1.1 end-12a',
    name: `a manifest that is not there has an empty list: ${digest.slice(0, 6)}`,
    prepare: aboutSubject(lonely, async (reader, { name }) => {
      const answer = await reader.send('GET', `/v2/${name}/referrers/${digest}`);
      expect(listedIn(answer)).toEqual([]);
    }),
  })),
  {
    clause: 'v1.1.1 end-12a',
    name: 'a repository that does not exist has an empty list, never 404 (trap)',
    prepare: (writer) => {
      const name = writer.newName();
      return Promise.resolve(async (reader) => {
        const answer = await reader.send('GET', `/v2/${name}/referrers/${absentDigest}`);
        expect(listedIn(answer)).toEqual([]);
      });
    },
  },
  ...['sha256:bad', 'latest', `sha256:${'A'.repeat(64)}`, `md5:${'0'.repeat(32)}`].map(
    (digest): ReadCase => ({
      clause: 'v1.1.1 end-12a',
      name: `referrers of ${digest.slice(0, 20)} are refused`,
      prepare: aboutSubject(lonely, async (reader, { name }) => {
        const answer = await reader.send('GET', `/v2/${name}/referrers/${digest}`);
        expectRefusal(answer, 400, 'DIGEST_INVALID');
      }),
    }),
  ),
  {
    clause: 'v1.1.1 #pushing-manifests-with-subject',
    name: 'a referrer is listed also when its subject comes later, or never',
    prepare: async (writer) => {
      const name = await newRepository(writer);
      const subject = image({ annotations: { 'org.example.name': name } });
      await writer.pushManifest(name, referrer(subject));
      const before = referenceTo(referrer(subject)).digest;
      const never = image({ annotations: { 'org.example.never': name } });
      await writer.pushManifest(name, referrer(never));
      await writer.pushManifest(name, subject);
      return async (reader) => {
        expect(await listReferrers(reader, { name, subject })).toMatchObject([{ digest: before }]);
        const lonely = await listReferrers(reader, { name, subject: never });
        expect(lonely).toMatchObject([{ digest: referrer(never).digest }]);
      };
    },
  },
  {
    clause: 'v1.1.1 #listing-referrers',
    name: 'referrers of another repository are not listed',
    prepare: async (writer) => {
      const [name, other] = [await newRepository(writer), await newRepository(writer)];
      const subject = image({ annotations: { 'org.example.name': name } });
      await writer.pushManifest(name, subject);
      await writer.pushManifest(other, subject);
      await writer.pushManifest(other, referrer(subject));
      return async (reader) => {
        expect(await listReferrers(reader, { name, subject })).toEqual([]);
      };
    },
  },
  {
    clause: 'v1.1.1 #listing-referrers',
    name: 'a referrer can have referrers of its own',
    prepare: aboutSubject(
      makeSetting((subject) => [
        referrer(subject),
        referrer(referrer(subject), { artifactType: types.signature }),
      ]),
      async (reader, { name, subject }) => {
        const middle = referrer(subject);
        const upper = await listReferrers(reader, { name, subject: middle });
        expect(upper).toMatchObject([{ artifactType: types.signature }]);
        expect(await listReferrers(reader, { name, subject })).toHaveLength(1);
      },
    ),
  },
];

const mixed = (subject: Pushable): readonly Pushable[] => [
  referrer(subject),
  referrer(subject, { annotations: { 'org.example.second': 'yes' } }),
  referrer(subject, { artifactType: types.signature }),
  referrer(subject, { artifactType: undefined, config }),
  index([], { artifactType: types.sbom, subject: referenceTo(subject) }),
  index([], { subject: referenceTo(subject) }),
];

const withSix = makeSetting(mixed);

/** Value of the filter as it is written in the query, and how many of the six match. */
const filters: readonly (readonly [string, number])[] = [
  [types.sbom, 3],
  [encodeURIComponent(types.sbom), 3],
  [types.signature, 1],
  [types.config, 1],
  [encodeURIComponent(types.config), 1],
  ['application/vnd.example.nothing', 0],
  [types.sbom.toUpperCase(), 0],
];

const filtering: readonly ReadCase[] = [
  ...filters.map(([filter, count]): ReadCase => ({
    clause: 'v1.1.1 end-12b',
    name: `artifactType=${filter} gives ${String(count)} of six, and says that it filtered`,
    prepare: aboutSubject(withSix, async (reader, { name, subject }) => {
      const path = `/v2/${name}/referrers/${subject.digest}?artifactType=${filter}`;
      const answer = await reader.send('GET', path);
      expect(listedIn(answer)).toHaveLength(count);
      expect(answer.headers['oci-filters-applied']).toBe('artifactType');
    }),
  })),
  {
    clause: 'v1.1.1 end-12a',
    name: 'without a filter all six are listed, and no filter is announced',
    prepare: aboutSubject(withSix, async (reader, { name, subject }) => {
      const answer = await reader.send('GET', `/v2/${name}/referrers/${subject.digest}`);
      const expected = mixed(subject).map(({ digest }) => digest);
      expect(new Set(listedIn(answer).map(({ digest }) => digest))).toEqual(new Set(expected));
      expect(answer.headers['oci-filters-applied']).toBeUndefined();
    }),
  },
];

/** Annotations that make one page too small for four of them. */
const large = 'x'.repeat(1024 * 1024);

const paging: readonly ReadCase[] = [
  {
    clause: 'v1.1.1 #listing-referrers',
    name: 'a list that is too long for one manifest goes on at its Link',
    prepare: aboutSubject(
      makeSetting((subject) =>
        [0, 1, 2, 3].map((number) =>
          referrer(subject, { annotations: { 'org.example.large': `${String(number)}${large}` } }),
        ),
      ),
      async (reader, { name, subject }) => {
        const path = `/v2/${name}/referrers/${subject.digest}`;
        const pages = await allPages(reader, `${path}?artifactType=${types.sbom}`);
        expect(pages.length).toBeGreaterThan(1);
        const digests = pages.flatMap(listedIn).map(({ digest }) => digest);
        expect(new Set(digests).size).toBe(4);
        for (const { body, headers } of pages) {
          expect(body.length).toBeLessThanOrEqual(4 * 1024 ** 2);
          expect(headers['oci-filters-applied']).toBe('artifactType');
        }
      },
    ),
  },
];

export const referrerCases: readonly Group<ReadCase>[] = [
  { title: 'listing referrers', cases: listing },
  { title: 'filtering referrers', cases: filtering },
  { title: 'pages of referrers', cases: paging },
];
