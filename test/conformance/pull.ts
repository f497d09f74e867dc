import { expect } from 'vitest';
import { digestOf } from '../../src/spec/index.ts';
import {
  bytesOf,
  type Check,
  expectRefusal,
  type Group,
  oncePerRegistry,
  type ReadCase,
} from './cases.ts';
import { absentDigest, image, newRepository, repositoryWithImage, types } from './documents.ts';
import { digestHeader, type Registry } from './registry.ts';

const content = bytesOf(4000, 'a blob of 4000 bytes');
const digest = digestOf(content);

const withBlob = oncePerRegistry(async (writer) => {
  const name = writer.newName();
  await writer.pushBlob(name, content);
  return name;
});

const withImage = oncePerRegistry(repositoryWithImage);

/** A case about one blob of 4000 bytes. */
function aboutBlob(check: (reader: Registry, path: string, name: string) => Promise<void>) {
  return async (writer: Registry): Promise<Check> => {
    const name = await withBlob(writer);
    return (reader) => check(reader, `/v2/${name}/blobs/${digest}`, name);
  };
}

function aboutImage(
  check: (
    reader: Registry,
    image: Awaited<ReturnType<typeof repositoryWithImage>>,
  ) => Promise<void>,
) {
  return async (writer: Registry): Promise<Check> => {
    const made = await withImage(writer);
    return (reader) => check(reader, made);
  };
}

const blobs: readonly ReadCase[] = [
  {
    clause: 'v1.1.1 end-2',
    name: 'GET gives the bytes of a blob, with its digest and its length',
    prepare: aboutBlob(async (reader, path) => {
      const answer = await reader.send('GET', path);
      expect(answer).toMatchObject({ status: 200, body: content });
      expect(digestHeader(answer)).toBe(digest);
      expect(answer.headers['content-length']).toBe('4000');
    }),
  },
  {
    clause: '967efdc end-2',
    name: 'HEAD gives digest and length of a blob, and no body',
    prepare: aboutBlob(async (reader, path) => {
      const answer = await reader.send('HEAD', path);
      expect(answer.status).toBe(200);
      expect(digestHeader(answer)).toBe(digest);
      expect(answer.headers['content-length']).toBe('4000');
    }),
  },
  {
    clause: '967efdc end-2',
    name: 'a sha512 blob is answered with its sha512 digest',
    prepare: async (writer) => {
      const name = writer.newName();
      const long = await writer.pushBlob(name, content, 'sha512');
      return async (reader) => {
        const answer = await reader.send('GET', `/v2/${name}/blobs/${long}`);
        expect([answer.status, digestHeader(answer)]).toEqual([200, long]);
        expect(answer.body.equals(content)).toBe(true);
      };
    },
  },
  {
    clause: 'v1.1.1 end-2',
    name: 'GET and HEAD of a blob that is not there give 404',
    prepare: aboutBlob(async (reader, _, name) => {
      const path = `/v2/${name}/blobs/${absentDigest}`;
      expectRefusal(await reader.send('GET', path), 404, 'BLOB_UNKNOWN');
      expect((await reader.send('HEAD', path)).status).toBe(404);
    }),
  },
  {
    clause: 'v1.1.1 #pulling-blobs',
    name: 'a blob of another repository is not in this one',
    prepare: async (writer) => {
      await writer.pushBlob(writer.newName(), content);
      const other = await newRepository(writer);
      return async (reader) => {
        const answer = await reader.send('GET', `/v2/${other}/blobs/${digest}`);
        expectRefusal(answer, 404, 'BLOB_UNKNOWN');
      };
    },
  },
  {
    clause: '967efdc #pushing-manifests',
    name: 'reading from a repository that does not exist gives 404',
    prepare: (writer) => {
      const name = writer.newName();
      return Promise.resolve(async (reader) => {
        for (const path of [`blobs/${absentDigest}`, `manifests/${absentDigest}`, 'manifests/v1']) {
          expectRefusal(await reader.send('GET', `/v2/${name}/${path}`), 404, 'NAME_UNKNOWN');
        }
      });
    },
  },
  {
    clause: '967efdc #registry-proxying',
    name: 'the namespace parameter of proxies is ignored',
    prepare: aboutBlob(async (reader, path) => {
      const answer = await reader.send('GET', `${path}?ns=registry.example.org`);
      expect(answer).toMatchObject({ status: 200, body: content });
    }),
  },
  {
    clause: 'RFC 9110 §13.1.2',
    name: 'a blob that the client has already is not sent again',
    prepare: aboutBlob(async (reader, path) => {
      const { headers } = await reader.send('HEAD', path);
      const answer = await reader.send('GET', path, {
        headers: { 'If-None-Match': headers.etag ?? '' },
      });
      expect([answer.status, answer.body.length]).toEqual([304, 0]);
    }),
  },
];

/** Range header, and the first and last byte of the answer; `undefined` for 416. */
const ranges: readonly (readonly [string, readonly [number, number] | undefined])[] = [
  ['bytes=0-0', [0, 0]],
  ['bytes=500-1499', [500, 1499]],
  ['bytes=500-', [500, 3999]],
  ['bytes=-500', [3500, 3999]],
  ['bytes=-9000', [0, 3999]],
  ['bytes=2000-5000', [2000, 3999]],
  ['bytes=0-', [0, 3999]],
  ['bytes=3999-3999', [3999, 3999]],
  ['bytes=500-0', undefined],
  ['bytes=4000-', undefined],
  ['bytes=5000-10000', undefined],
  ['bytes=-0', undefined],
];

const blobRanges: readonly ReadCase[] = [
  ...ranges.map(([range, part]): ReadCase => ({
    clause: 'v1.1.1 #pulling-blobs',
    name: part === undefined ? `Range ${range} gives 416` : `Range ${range} gives that part`,
    prepare: aboutBlob(async (reader, path) => {
      const answer = await reader.send('GET', path, { headers: { Range: range } });
      if (part === undefined) {
        expect(answer.status).toBe(416);
        expect(answer.headers['content-range']).toBe('bytes */4000');
        return;
      }
      const [start, end] = part;
      expect(answer.status).toBe(206);
      expect(answer.body.equals(content.subarray(start, end + 1))).toBe(true);
      expect(answer.headers['content-range']).toBe(`bytes ${String(start)}-${String(end)}/4000`);
    }),
  })),
  ...['bytes=0-1,5-6', 'lines=0-1', 'bytes=a-b', 'bytes=-'].map((range): ReadCase => ({
    clause: 'RFC 9110 §14.2',
    name: `Range ${range} is ignored: the whole blob is sent`,
    prepare: aboutBlob(async (reader, path) => {
      const answer = await reader.send('GET', path, { headers: { Range: range } });
      expect(answer).toMatchObject({ status: 200, body: content });
    }),
  })),
  {
    clause: 'RFC 9110 §14.2',
    name: 'HEAD ignores Range',
    prepare: aboutBlob(async (reader, path) => {
      const answer = await reader.send('HEAD', path, { headers: { Range: 'bytes=0-9' } });
      expect([answer.status, answer.headers['content-length']]).toEqual([200, '4000']);
    }),
  },
  {
    clause: 'RFC 9110 §13.1.5',
    name: 'If-Range gives the part of the same blob, and the whole of another',
    prepare: aboutBlob(async (reader, path) => {
      const { headers } = await reader.send('HEAD', path);
      const ask = (condition = '') =>
        reader.send('GET', path, { headers: { Range: 'bytes=0-9', 'If-Range': condition } });
      expect((await ask(headers.etag)).status).toBe(206);
      expect((await ask(`"${absentDigest}"`)).status).toBe(200);
    }),
  },
  {
    clause: 'v1.1.1 #pulling-blobs',
    name: 'every range of the empty blob is unsatisfiable',
    prepare: async (writer) => {
      const name = writer.newName();
      const empty = await writer.pushBlob(name, '');
      return async (reader) => {
        const path = `/v2/${name}/blobs/${empty}`;
        const answer = await reader.send('GET', path, { headers: { Range: 'bytes=0-' } });
        expect([answer.status, answer.headers['content-range']]).toEqual([416, 'bytes */0']);
      };
    },
  },
];

const manifests: readonly ReadCase[] = [
  {
    clause: 'v1.1.1 end-3',
    name: 'GET by tag and by digest give the exact bytes, type and digest',
    prepare: aboutImage(async (reader, { name, manifest }) => {
      for (const reference of ['latest', manifest.digest]) {
        const answer = await reader.send('GET', `/v2/${name}/manifests/${reference}`);
        expect(answer).toMatchObject({ status: 200, body: manifest.bytes });
        expect(answer.headers['content-type']).toBe(manifest.mediaType);
        expect(digestHeader(answer)).toBe(manifest.digest);
      }
    }),
  },
  {
    clause: '967efdc end-3',
    name: 'HEAD by tag and by digest give type, digest and length',
    prepare: aboutImage(async (reader, { name, manifest }) => {
      for (const reference of ['latest', manifest.digest]) {
        const answer = await reader.send('HEAD', `/v2/${name}/manifests/${reference}`);
        expect([answer.status, digestHeader(answer)]).toEqual([200, manifest.digest]);
        expect(answer.headers).toMatchObject({
          'content-type': manifest.mediaType,
          'content-length': String(manifest.bytes.length),
        });
      }
    }),
  },
  ...['nothing', 'Latest', absentDigest].map((reference): ReadCase => ({
    clause: 'v1.1.1 end-3',
    name: `GET and HEAD of ${reference}, which is not there, give 404`,
    prepare: aboutImage(async (reader, { name }) => {
      const path = `/v2/${name}/manifests/${reference}`;
      expectRefusal(await reader.send('GET', path), 404, 'MANIFEST_UNKNOWN');
      expect((await reader.send('HEAD', path)).status).toBe(404);
    }),
  })),
  ...[
    undefined,
    '*/*',
    types.index,
    `${types.manifest}, ${types.index}`,
    'application/json',
    'text/html;q=0.9',
  ].map((accept): ReadCase => ({
    clause: 'ours #pulling-manifests',
    name: `Accept ${accept ?? '(none)'} gets the manifest as it was pushed`,
    prepare: aboutImage(async (reader, { name, manifest }) => {
      const headers = accept === undefined ? {} : { Accept: accept };
      const answer = await reader.send('GET', `/v2/${name}/manifests/latest`, { headers });
      expect([answer.status, answer.headers['content-type']]).toEqual([200, manifest.mediaType]);
    }),
  })),
  {
    clause: 'v1.1.1 #pulling-manifests',
    name: 'a manifest without mediaType keeps the Content-Type it was pushed with',
    prepare: async (writer) => {
      const name = await newRepository(writer);
      const manifest = image({ mediaType: undefined, annotations: { 'org.example.x': name } });
      await writer.pushManifest(name, manifest, 'v1');
      return async (reader) => {
        const answer = await reader.send('GET', `/v2/${name}/manifests/v1`);
        expect(answer.headers['content-type']).toBe(types.manifest);
        expect(answer.body.equals(manifest.bytes)).toBe(true);
      };
    },
  },
];

export const pullCases: readonly Group<ReadCase>[] = [
  { title: 'pulling blobs', cases: blobs },
  { title: 'ranges of blobs', cases: blobRanges },
  { title: 'pulling manifests', cases: manifests },
];
