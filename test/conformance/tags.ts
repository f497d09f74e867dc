import { expect } from 'vitest';
import type { TestAnswer } from '../support/http-request.ts';
import { expectRefusal, type Group, oncePerRegistry, type ReadCase } from './cases.ts';
import { absentDigest, emptyBytes, image, newRepository } from './documents.ts';
import { allPages, nextPage } from './paging.ts';
import type { Registry } from './registry.ts';

/** In ASCII order, in which digits come before capitals, `_`, and small letters. */
const sorted = ['0', '1.0.0', '1.10.0', '1.2.0', '10', 'A', 'Z', '_x', 'a', 'a-b', 'a.b', 'latest'];

const withTags = oncePerRegistry(async (writer) => {
  const name = await newRepository(writer);
  for (const tag of [...sorted].reverse()) await writer.pushManifest(name, image(), tag);
  return name;
});

/** A case about a repository with all these tags, which were pushed in another order. */
function aboutTags(check: (reader: Registry, name: string) => Promise<void>) {
  return async (writer: Registry) => {
    const name = await withTags(writer);
    return (reader: Registry) => check(reader, name);
  };
}

function tagsOf({ json }: TestAnswer): readonly string[] {
  return (json as { readonly tags: readonly string[] }).tags;
}

interface PageRow {
  readonly query: string;
  readonly tags: readonly string[];
  readonly more: boolean;
}

const pages: readonly PageRow[] = [
  { query: '', tags: sorted, more: false },
  { query: '?n=1', tags: sorted.slice(0, 1), more: true },
  { query: '?n=5', tags: sorted.slice(0, 5), more: true },
  { query: '?n=11', tags: sorted.slice(0, 11), more: true },
  { query: '?n=12', tags: sorted, more: false },
  { query: '?n=1000', tags: sorted, more: false },
  { query: '?n=0', tags: [], more: false },
  { query: '?n=0&last=1.0.0', tags: [], more: false },
  { query: '?n=2&last=1.10.0', tags: ['1.2.0', '10'], more: true },
  { query: '?n=2&last=a.b', tags: ['latest'], more: false },
  { query: '?last=Z', tags: ['_x', 'a', 'a-b', 'a.b', 'latest'], more: false },
  { query: '?last=latest', tags: [], more: false },
  { query: '?n=3&last=zzz', tags: [], more: false },
  { query: '?n=2&last=1.1', tags: ['1.10.0', '1.2.0'], more: true },
  { query: '?n=2&last=10&ns=docker.io', tags: ['A', 'Z'], more: true },
];

const listing: readonly ReadCase[] = [
  ...pages.map(({ query, tags, more }): ReadCase => ({
    clause: query === '' ? 'v1.1.1 end-8a' : 'v1.1.1 end-8b',
    name: `tags/list${query} gives ${String(tags.length)} tags${more ? ' and a link' : ''}`,
    prepare: aboutTags(async (reader, name) => {
      const answer = await reader.send('GET', `/v2/${name}/tags/list${query}`);
      expect(answer).toMatchObject({ status: 200, json: { name, tags } });
      expect(answer.headers['content-type']).toBe('application/json');
      expect(nextPage(reader, answer) !== undefined).toBe(more);
    }),
  })),
  ...[1, 5, 7].map((size): ReadCase => ({
    clause: 'v1.1.1 #listing-tags',
    name: `following the links, ${String(size)} at a time, gives every tag once`,
    prepare: aboutTags(async (reader, name) => {
      const answers = await allPages(reader, `/v2/${name}/tags/list?n=${String(size)}`);
      expect(answers.flatMap(tagsOf)).toEqual(sorted);
      expect(Math.max(...answers.map((answer) => tagsOf(answer).length))).toBe(size);
    }),
  })),
  ...['-1', 'x', '1.5', '0x10'].map((count): ReadCase => ({
    clause: 'ours end-8b',
    name: `n=${count} is refused`,
    prepare: aboutTags(async (reader, name) => {
      const answer = await reader.send('GET', `/v2/${name}/tags/list?n=${count}`);
      expectRefusal(answer, 400, 'UNSUPPORTED');
    }),
  })),
  {
    clause: 'v1.1.1 end-8a',
    name: 'a repository without tags has an empty list, not none',
    prepare: async (writer) => {
      const name = writer.newName();
      await writer.pushBlob(name, emptyBytes);
      return async (reader) => {
        const answer = await reader.send('GET', `/v2/${name}/tags/list`);
        expect(answer).toMatchObject({ status: 200, json: { name, tags: [] } });
      };
    },
  },
  {
    clause: 'v1.1.1 end-8a',
    name: 'a repository that does not exist has no list',
    prepare: (writer) => {
      const name = writer.newName();
      return Promise.resolve(async (reader) => {
        expectRefusal(await reader.send('GET', `/v2/${name}/tags/list`), 404, 'NAME_UNKNOWN');
      });
    },
  },
  {
    clause: 'RFC 9110 §9.3.2',
    name: 'HEAD of the list says how long it is',
    prepare: aboutTags(async (reader, name) => {
      const path = `/v2/${name}/tags/list`;
      const { body } = await reader.send('GET', path);
      const { status, headers } = await reader.send('HEAD', path);
      expect([status, headers['content-length']]).toEqual([200, String(body.length)]);
    }),
  },
  {
    clause: 'v1.1.1 #listing-tags',
    name: 'manifests pushed by digest are not in the list',
    prepare: async (writer) => {
      const name = await newRepository(writer);
      await writer.pushManifest(name, image({ annotations: { 'org.example.tagged': 'no' } }));
      await writer.pushManifest(name, image(), 'v1');
      return async (reader) => {
        const answer = await reader.send('GET', `/v2/${name}/tags/list`);
        expect(tagsOf(answer)).toEqual(['v1']);
        const path = `/v2/${name}/manifests/${absentDigest}`;
        expect((await reader.send('HEAD', path)).status).toBe(404);
      };
    },
  },
];

export const tagCases: readonly Group<ReadCase>[] = [{ title: 'listing tags', cases: listing }];
