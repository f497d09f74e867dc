import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  absentDigest,
  emptyDescriptor,
  errorOf,
  imageManifest,
  type RunningRegistry,
  startRegistry,
} from '../../../test/support/running-registry.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';
import { digestOf, mediaTypes } from '../../spec/index.ts';

let registry: RunningRegistry;
beforeAll(async () => {
  registry = await startRegistry(await temporaryStorage());
});
afterAll(() => registry.close());

describe('end-3 and end-7: manifests', () => {
  it('come back byte for byte, by tag and by digest', async () => {
    const name = await registry.newRepository();
    const text = `{ "schemaVersion" : 2,\n "mediaType": "${mediaTypes.manifest}", "config": ${JSON.stringify(emptyDescriptor)}, "layers": [], "org.example": {"b":1,"a":[1.0]} }\n`;
    const digest = digestOf(Buffer.from(text));
    const put = await registry.send('PUT', `/v2/${name}/manifests/1.0.0`, {
      headers: { 'Content-Type': `${mediaTypes.manifest}; charset=utf-8` },
      body: text,
    });
    expect(put.status).toBe(201);
    expect(put.headers).toMatchObject({
      location: `/v2/${name}/manifests/${digest}`,
      'docker-content-digest': digest,
      etag: `"${digest}"`,
    });
    for (const reference of ['1.0.0', digest]) {
      const path = `/v2/${name}/manifests/${reference}`;
      const { status, headers, body } = await registry.send('GET', path);
      expect([status, body.toString()]).toEqual([200, text]);
      const expected = {
        'content-type': mediaTypes.manifest,
        'content-length': String(text.length),
        'docker-content-digest': digest,
        etag: `"${digest}"`,
      };
      expect(headers).toMatchObject(expected);
      const head = await registry.send('HEAD', path);
      expect([head.status, head.body.length]).toEqual([200, 0]);
      expect(head.headers).toMatchObject(expected);
      const again = { 'If-None-Match': `"${digest}"` };
      expect((await registry.send('GET', path, { headers: again })).status).toBe(304);
      const other = { 'If-None-Match': `"${absentDigest}"` };
      expect((await registry.send('GET', path, { headers: other })).status).toBe(200);
    }
  });

  it('may be pushed by a sha512 digest', async () => {
    const name = await registry.newRepository();
    const body = JSON.stringify(imageManifest({ annotations: { n: '512' } }));
    const digest = digestOf(Buffer.from(body), 'sha512');
    const path = `/v2/${name}/manifests/${digest}`;
    const headers = { 'Content-Type': mediaTypes.manifest };
    expect((await registry.send('PUT', path, { headers, body })).status).toBe(201);
    const answer = await registry.send('GET', path);
    expect([answer.status, answer.headers['docker-content-digest']]).toEqual([200, digest]);
  });

  it('may be 4 MiB large, and not one byte larger', async () => {
    const name = await registry.newRepository();
    const padded = (size: number) => {
      const bare = JSON.stringify(imageManifest({ annotations: { pad: '' } })).length;
      return imageManifest({ annotations: { pad: 'x'.repeat(size - bare) } });
    };
    const limit = 4 * 1024 * 1024;
    expect((await registry.pushManifest(name, 'big', padded(limit))).status).toBe(201);
    const { body } = await registry.send('GET', `/v2/${name}/manifests/big`);
    expect(body.length).toBe(limit);
    const answer = await registry.pushManifest(name, 'bigger', padded(limit + 1));
    expect([answer.status, errorOf(answer).code]).toEqual([413, 'MANIFEST_INVALID']);
    const chunked = await registry.send('PUT', `/v2/${name}/manifests/bigger`, {
      headers: { 'Content-Type': mediaTypes.manifest },
      body: Buffer.alloc(limit + 1, ' '),
      chunked: true,
    });
    expect([chunked.status, errorOf(chunked).code]).toEqual([413, 'MANIFEST_INVALID']);
  });

  const image = JSON.stringify(imageManifest());
  it.each([
    ['a Content-Type that is not the mediaType', mediaTypes.index, image],
    ['a Content-Type that is no manifest', 'application/json', image],
    ['a Content-Type that a browser would run', 'text/html', image],
    ['no Content-Type', '', image],
    ['text that is no JSON', mediaTypes.manifest, '{'],
    ['no text', mediaTypes.manifest, ''],
    ['a list', mediaTypes.manifest, '[]'],
    [
      'bytes that are no UTF-8',
      mediaTypes.manifest,
      Buffer.from(image.replace('}', ',"a":"\xff"}'), 'latin1'),
    ],
    ['deep nesting', mediaTypes.manifest, '['.repeat(100_000)],
    ['schemaVersion 1', mediaTypes.manifest, JSON.stringify(imageManifest({ schemaVersion: 1 }))],
    ['a config without digest', mediaTypes.manifest, JSON.stringify(imageManifest({ config: {} }))],
    [
      'a negative size',
      mediaTypes.manifest,
      JSON.stringify(imageManifest({ config: { ...emptyDescriptor, size: -1 } })),
    ],
    [
      'a subject without digest',
      mediaTypes.manifest,
      JSON.stringify(imageManifest({ subject: {} })),
    ],
    [
      'an image that is an index, too',
      mediaTypes.manifest,
      JSON.stringify(imageManifest({ manifests: [] })),
    ],
  ])('are refused with %s', async (_, type, body) => {
    const name = await registry.newRepository();
    const headers = type === '' ? {} : { 'Content-Type': type };
    const answer = await registry.send('PUT', `/v2/${name}/manifests/x`, { headers, body });
    expect([answer.status, errorOf(answer).code]).toEqual([400, 'MANIFEST_INVALID']);
    expect((await registry.send('GET', `/v2/${name}/manifests/x`)).status).toBe(404);
  });

  it.each([
    ['sha256:baddigeststring', 'DIGEST_INVALID'],
    ['md5:d41d8cd98f00b204e9800998ecf8427e', 'DIGEST_INVALID'],
    [absentDigest, 'DIGEST_INVALID'],
    ['-x', 'MANIFEST_INVALID'],
    ['1.0.0+build', 'MANIFEST_INVALID'],
    ['x'.repeat(129), 'MANIFEST_INVALID'],
  ])('are refused under the reference %s', async (reference, code) => {
    const name = await registry.newRepository();
    const answer = await registry.pushManifest(name, reference, imageManifest());
    expect([answer.status, errorOf(answer).code]).toEqual([400, code]);
  });

  it.each([
    ['config', imageManifest({ config: { ...emptyDescriptor, digest: absentDigest } })],
    ['layer', imageManifest({ layers: [{ ...emptyDescriptor, digest: absentDigest }] })],
    [
      'manifest of an index',
      {
        schemaVersion: 2,
        mediaType: mediaTypes.index,
        manifests: [{ mediaType: mediaTypes.manifest, digest: absentDigest, size: 2 }],
      },
    ],
  ])('are refused while their %s is missing', async (_, manifest) => {
    const name = await registry.newRepository();
    const answer = await registry.pushManifest(name, 'x', manifest);
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'MANIFEST_BLOB_UNKNOWN']);
    expect(errorOf(answer).detail).toEqual({ digest: absentDigest });
  });

  it('are accepted without layers that may not be distributed, and without their subject', async () => {
    const name = await registry.newRepository();
    const foreign = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip';
    const layers = [{ mediaType: foreign, digest: absentDigest, size: 10 }];
    const subject = { mediaType: mediaTypes.manifest, digest: absentDigest, size: 10 };
    const answer = await registry.pushManifest(name, 'x', imageManifest({ layers, subject }));
    expect([answer.status, answer.headers['oci-subject']]).toEqual([201, absentDigest]);
  });

  it('may be nested and empty indexes', async () => {
    const name = await registry.newRepository();
    const index = (manifests: unknown[]) => ({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests,
    });
    const inner = await registry.pushManifest(name, undefined, index([]));
    expect(inner.status).toBe(201);
    const child = {
      mediaType: mediaTypes.index,
      digest: inner.digest,
      size: JSON.stringify(index([])).length,
    };
    expect((await registry.pushManifest(name, 'outer', index([child]))).status).toBe(201);
  });

  it('take several tags at once when pushed by digest', async () => {
    const name = await registry.newRepository();
    const manifest = imageManifest();
    const { digest } = await registry.pushManifest(name, undefined, manifest);
    const tags = Array.from({ length: 10 }, (_, n) => `t${n}`);
    const query = tags.map((tag) => `tag=${tag}`).join('&');
    const answer = await registry.pushManifest(name, `${digest}?${query}`, manifest);
    expect(answer.status).toBe(201);
    expect(answer.headers['oci-tag']).toBe(tags.join(', '));
    for (const tag of tags) {
      const { headers } = await registry.send('HEAD', `/v2/${name}/manifests/${tag}`);
      expect(headers['docker-content-digest']).toBe(digest);
    }
    const wrong = await registry.pushManifest(name, `${digest}?tag=a&tag=-b`, manifest);
    expect(wrong.status).toBe(400);
    const many = tags.flatMap((tag) => tags.map((other) => `tag=${tag}${other}`)).join('&');
    const tooMany = await registry.pushManifest(name, `${digest}?tag=one&${many}`, manifest);
    expect(tooMany.status).toBe(414);
  });

  it('move a tag only from where If-Match says it is', async () => {
    const name = await registry.newRepository();
    const manifest = (n: number) => imageManifest({ annotations: { n: String(n) } });
    const put = (n: number, headers: Record<string, string>) =>
      registry.pushManifest(name, 'x', manifest(n), headers);
    const refused = await put(1, { 'If-Match': '*' });
    expect(refused.status).toBe(412);
    const first = await put(1, { 'If-None-Match': '*' });
    expect(first.status).toBe(201);
    expect((await put(2, { 'If-None-Match': '*' })).status).toBe(412);
    expect((await put(2, { 'If-Match': `"${absentDigest}"` })).status).toBe(412);
    expect((await put(2, { 'If-Match': `W/"${first.digest}"` })).status).toBe(412);
    const second = await put(2, { 'If-Match': `"${absentDigest}", "${first.digest}"` });
    expect(second.status).toBe(201);
    expect((await put(3, { 'If-Match': '*' })).status).toBe(201);
    const deletion = { headers: { 'If-Match': `"${first.digest}"` } };
    expect((await registry.send('DELETE', `/v2/${name}/manifests/x`, deletion)).status).toBe(412);
  });

  it('move several tags only when every one of them is where If-Match says', async () => {
    const name = await registry.newRepository();
    const manifest = (n: number) => imageManifest({ annotations: { n: String(n) } });
    const a = await registry.pushManifest(name, 'a', manifest(1));
    const b = await registry.pushManifest(name, 'b', manifest(2));
    const next = await registry.pushManifest(name, undefined, manifest(3));
    const put = (match: string) => {
      const headers = { 'If-Match': match };
      return registry.pushManifest(name, `${next.digest}?tag=a&tag=b`, manifest(3), headers);
    };
    const tagged = async (tag: string) => {
      const { headers } = await registry.send('HEAD', `/v2/${name}/manifests/${tag}`);
      return headers['docker-content-digest'];
    };
    expect((await put(`"${a.digest}"`)).status).toBe(412);
    expect([await tagged('a'), await tagged('b')]).toEqual([a.digest, b.digest]);
    expect((await put(`"${a.digest}", "${b.digest}"`)).status).toBe(201);
    expect([await tagged('a'), await tagged('b')]).toEqual([next.digest, next.digest]);
  });

  it('let one of several writers win who expect the same', async () => {
    const name = await registry.newRepository();
    const { digest } = await registry.pushManifest(name, 'x', imageManifest());
    const headers = { 'If-Match': `"${digest}"` };
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        registry.pushManifest(name, 'x', imageManifest({ annotations: { n: String(n) } }), headers),
      ),
    );
    const statuses = outcomes.map(({ status }) => status).sort();
    expect(statuses).toEqual([201, ...Array.from({ length: 7 }, () => 412)]);
  });
});

describe('end-9 and end-10: deleting', () => {
  it('a digest removes its tags at once', async () => {
    const name = await registry.newRepository();
    const { digest } = await registry.pushManifest(name, 'a', imageManifest());
    await registry.pushManifest(name, 'b', imageManifest());
    expect((await registry.send('DELETE', `/v2/${name}/manifests/${digest}`)).status).toBe(202);
    for (const reference of ['a', 'b', digest]) {
      const answer = await registry.send('GET', `/v2/${name}/manifests/${reference}`);
      expect([answer.status, errorOf(answer).code]).toEqual([404, 'MANIFEST_UNKNOWN']);
    }
    expect((await registry.send('GET', `/v2/${name}/tags/list`)).json).toEqual({ name, tags: [] });
  });

  it('a tag leaves its manifest', async () => {
    const name = await registry.newRepository();
    const { digest } = await registry.pushManifest(name, 'a', imageManifest());
    expect((await registry.send('DELETE', `/v2/${name}/manifests/a`)).status).toBe(202);
    expect((await registry.send('GET', `/v2/${name}/manifests/a`)).status).toBe(404);
    expect((await registry.send('GET', `/v2/${name}/manifests/${digest}`)).status).toBe(200);
  });

  it('a blob removes it, and never a manifest', async () => {
    const name = await registry.newRepository();
    const digest = await registry.pushBlob(name, 'to be deleted');
    const path = `/v2/${name}/blobs/${digest}`;
    const deleted = await registry.send('DELETE', path);
    expect([deleted.status, deleted.headers['docker-content-digest']]).toEqual([202, digest]);
    expect((await registry.send('GET', path)).status).toBe(404);
    expect((await registry.send('DELETE', path)).status).toBe(404);
    const manifest = await registry.pushManifest(name, 'kept', imageManifest());
    const answer = await registry.send('DELETE', `/v2/${name}/blobs/${manifest.digest}`);
    expect([answer.status, errorOf(answer).code]).toEqual([404, 'BLOB_UNKNOWN']);
    expect((await registry.send('GET', `/v2/${name}/manifests/kept`)).status).toBe(200);
  });

  it.each([
    ['an absent tag', 'none', 404],
    ['an absent digest', absentDigest, 404],
    ['a malformed tag', '-x', 400],
  ])('%s is refused', async (_, reference, status) => {
    const name = await registry.newRepository();
    expect((await registry.send('DELETE', `/v2/${name}/manifests/${reference}`)).status).toBe(
      status,
    );
  });
});
