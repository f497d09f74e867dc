import { expect } from 'vitest';
import { digestOf } from '../../src/spec/index.ts';
import type { TestAnswer } from '../support/http-request.ts';
import { bytesOf, expectRefusal, type Group, type WriteCase } from './cases.ts';
import {
  image,
  index,
  newRepository,
  referenceTo,
  referrer,
  repositoryWithImage,
  types,
} from './documents.ts';
import { expectStored, put } from './manifest-puts.ts';
import { digestHeader, locationOf, type Pushable } from './registry.ts';

const oddBytes: readonly (readonly [string, (document: string) => string])[] = [
  ['written without spaces', (text) => text],
  ['written with indentation', (text) => JSON.stringify(JSON.parse(text), undefined, '\t')],
  ['with white space around it', (text) => `\r\n  ${text}\n\n`],
  ['with fields nobody knows', (text) => text.replace('{', '{"x-unknown":{"a":[1,2.50,null]},')],
  ['with escapes and numbers of its own spelling', (text) => text.replace('2', '2.0e0')],
];

const storing: readonly WriteCase[] = [
  ...(['a tag', 'its digest', 'its sha512 digest'] as const).map((what): WriteCase => ({
    clause: 'v1.1.1 end-7a',
    name: `takes a manifest under ${what}; its Location leads to the same bytes`,
    run: async (registry) => {
      const name = await newRepository(registry);
      const algorithm = what === 'its sha512 digest' ? 'sha512' : 'sha256';
      const manifest = image({ annotations: { 'org.example.name': name } }, algorithm);
      const tag = what === 'a tag' ? 'v1' : undefined;
      const answer = await registry.pushManifest(name, manifest, tag);
      expect(digestHeader(answer)).toBe(manifest.digest);
      expect(answer.headers['oci-subject']).toBeUndefined();
      expect(answer.headers['oci-tag']).toBeUndefined();
      const pulled = await registry.send('GET', locationOf(registry, answer));
      expect([pulled.status, pulled.body.equals(manifest.bytes)]).toEqual([200, true]);
      await expectStored(registry, name, manifest, tag ?? manifest.digest);
      await expectStored(registry, name, manifest, manifest.digest);
    },
  })),
  ...oddBytes.map(([what, rewrite]): WriteCase => ({
    clause: 'v1.1.1 #pushing-manifests',
    name: `keeps the exact bytes of a manifest ${what}`,
    run: async (registry) => {
      const name = await newRepository(registry);
      const bytes = Buffer.from(rewrite(image().bytes.toString()));
      const manifest = { bytes, mediaType: types.manifest, digest: digestOf(bytes) };
      await registry.pushManifest(name, manifest, 'odd');
      await expectStored(registry, name, manifest, 'odd');
    },
  })),
  {
    clause: 'v1.1.1 #pushing-manifests',
    name: 'a tag moves to the manifest pushed last, and the other one stays',
    run: async (registry) => {
      const { name, manifest } = await repositoryWithImage(registry);
      const next = image({ annotations: { 'org.example.next': name } });
      await registry.pushManifest(name, next, 'latest');
      await expectStored(registry, name, next, 'latest');
      await expectStored(registry, name, manifest, manifest.digest);
    },
  },
  {
    clause: 'v1.1.1 #pushing-manifests',
    name: 'parameters of Content-Type are ignored',
    run: async (registry) => {
      const name = await newRepository(registry);
      const manifest = image();
      const mediaType = `${types.manifest}; charset=utf-8`;
      const answer = await put(registry, `${name}/manifests/v1`, { ...manifest, mediaType });
      expect(answer.status).toBe(201);
      await expectStored(registry, name, manifest, 'v1');
    },
  },
  {
    clause: '967efdc end-7a',
    name: 'the digest of a push is that of the algorithm it was asked with',
    run: async (registry) => {
      const name = await newRepository(registry);
      const [short, long] = [image(), image({}, 'sha512')];
      await registry.pushManifest(name, short);
      const answer = await registry.pushManifest(name, long);
      expect(digestHeader(answer)).toBe(long.digest);
      for (const manifest of [short, long]) {
        const head = await registry.send('HEAD', `/v2/${name}/manifests/${manifest.digest}`);
        expect([head.status, digestHeader(head)]).toEqual([200, manifest.digest]);
      }
    },
  },
];

const subjects: readonly WriteCase[] = [
  {
    name: 'an image whose subject is there',
    make: (subject: Pushable) => referrer(subject),
    pushesSubject: true,
  },
  {
    name: 'an image whose subject is missing',
    make: (subject: Pushable) => referrer(subject),
    pushesSubject: false,
  },
  {
    name: 'an index whose subject is there',
    make: (subject: Pushable) => index([], { subject: referenceTo(subject) }),
    pushesSubject: true,
  },
  {
    name: 'an index whose subject is missing',
    make: (subject: Pushable) => index([], { subject: referenceTo(subject) }),
    pushesSubject: false,
  },
].map(({ name: title, make, pushesSubject }): WriteCase => ({
  clause: 'v1.1.1 #pushing-manifests-with-subject',
  name: `OCI-Subject names the subject of ${title}`,
  run: async (registry) => {
    const name = await newRepository(registry);
    const subject = image({ annotations: { 'org.example.name': name } });
    if (pushesSubject) await registry.pushManifest(name, subject);
    const manifest = make(subject);
    for (const tag of [undefined, 'v1']) {
      const answer = await registry.pushManifest(name, manifest, tag);
      expect(answer.headers['oci-subject']).toBe(subject.digest);
    }
  },
}));

function tagList({ headers }: TestAnswer): readonly string[] {
  return String(headers['oci-tag'])
    .split(',')
    .map((tag) => tag.trim());
}

const manyTags = Array.from({ length: 10 }, (_, number) => `v${String(number)}`);

const tagParameters: readonly WriteCase[] = [
  ...(['sha256', 'sha512'] as const).flatMap((algorithm) =>
    [['one'], manyTags, ['1.2.3', '1.2', '1', 'latest']].map((tags): WriteCase => ({
      clause: '967efdc end-7b',
      name: `a push by ${algorithm} digest sets ${String(tags.length)} tags and lists them`,
      run: async (registry) => {
        const name = await newRepository(registry);
        const manifest = image({ annotations: { 'org.example.name': name } }, algorithm);
        const query = tags.map((tag) => `tag=${tag}`).join('&');
        const path = `${name}/manifests/${manifest.digest}?${query}`;
        const answer = await put(registry, path, manifest);
        expect(answer.status).toBe(201);
        expect([...tagList(answer)].sort()).toEqual([...tags].sort());
        for (const tag of tags) {
          const head = await registry.send('HEAD', `/v2/${name}/manifests/${tag}`);
          expect([head.status, digestHeader(head)]).toEqual([200, manifest.digest]);
        }
        const { json } = await registry.send('GET', `/v2/${name}/tags/list`);
        expect(json).toEqual({ name, tags: [...tags].sort() });
      },
    })),
  ),
  {
    clause: '967efdc end-7b',
    name: 'tags that were elsewhere move',
    run: async (registry) => {
      const { name } = await repositoryWithImage(registry);
      const next = image({ annotations: { 'org.example.next': name } });
      await put(registry, `${name}/manifests/${next.digest}?tag=latest&tag=new`, next);
      await expectStored(registry, name, next, 'latest');
    },
  },
  {
    clause: '967efdc end-7b',
    name: 'one wrong tag among right ones: nothing is stored',
    run: async (registry) => {
      const name = await newRepository(registry);
      const manifest = image({ annotations: { 'org.example.name': name } });
      const path = `${name}/manifests/${manifest.digest}?tag=right&tag=wr%2Fong`;
      expectRefusal(await put(registry, path, manifest), 400, 'MANIFEST_INVALID');
      for (const reference of ['right', manifest.digest]) {
        const { status } = await registry.send('GET', `/v2/${name}/manifests/${reference}`);
        expect(status).toBe(404);
      }
    },
  },
  {
    clause: '967efdc end-7b',
    name: 'more tags than the server takes give 414, and nothing is stored',
    run: async (registry) => {
      const name = await newRepository(registry);
      const manifest = image({ annotations: { 'org.example.name': name } });
      const query = Array.from({ length: 1000 }, (_, number) => `tag=t${String(number)}`);
      const path = `${name}/manifests/${manifest.digest}?${query.join('&')}`;
      expect((await put(registry, path, manifest)).status).toBe(414);
      const { json } = await registry.send('GET', `/v2/${name}/tags/list`);
      expect(json).toEqual({ name, tags: [] });
    },
  },
];
/** An image of exactly this many bytes. */
function imageOfSize(size: number): Pushable {
  const frame = image({ annotations: { 'org.example.fill': '' } }).bytes.length;
  const fill = bytesOf(size, 'fill')
    .toString('hex')
    .slice(0, size - frame);
  return image({ annotations: { 'org.example.fill': fill } });
}

const limit = 4 * 1024 ** 2;

const sizes: readonly WriteCase[] = [
  ...[false, true].map((chunked): WriteCase => ({
    clause: 'v1.1.1 #pushing-manifests',
    name: `takes a manifest of 4 MiB${chunked ? ' without a Content-Length' : ''} unchanged`,
    run: async (registry) => {
      const name = await newRepository(registry);
      const manifest = imageOfSize(limit);
      expect(manifest.bytes.length).toBe(limit);
      const answer = await put(registry, `${name}/manifests/large`, { ...manifest, chunked });
      expect(answer.status).toBe(201);
      await expectStored(registry, name, manifest, 'large');
    },
  })),
  ...[false, true].map((chunked): WriteCase => ({
    clause: 'v1.1.1 #pushing-manifests',
    name: `a larger one${chunked ? ' without a Content-Length' : ''} gives 413`,
    run: async (registry) => {
      const name = await newRepository(registry);
      const push = { ...imageOfSize(limit + 1), chunked };
      const answer = await put(registry, `${name}/manifests/large`, push);
      expectRefusal(answer, 413, 'MANIFEST_INVALID');
    },
  })),
];

export const manifestPushCases: readonly Group<WriteCase>[] = [
  { title: 'pushing manifests', cases: storing },
  { title: 'subjects', cases: subjects },
  { title: 'tags as parameters', cases: tagParameters },
  { title: 'sizes of manifests', cases: sizes },
];
