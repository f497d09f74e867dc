import { expect } from 'vitest';
import { digestOf } from '../../src/spec/index.ts';
import { bytesOf, expectRefusal, type Group, oncePerRegistry, type WriteCase } from './cases.ts';
import { newRepository } from './documents.ts';
import { expectPushed, ways } from './ways.ts';

const contents: readonly (readonly [string, Buffer])[] = [
  ['no bytes', Buffer.alloc(0)],
  ['{}', Buffer.from('{}')],
  ['one byte', Buffer.from('x')],
  ['300 kB', bytesOf(300_000, 'three hundred')],
];

const monolithic: readonly WriteCase[] = ways.flatMap(({ name: way, clause, push }) =>
  contents.flatMap(([what, bytes]) =>
    (['sha256', 'sha512'] as const).map((algorithm): WriteCase => ({
      clause,
      name: `takes ${what} with a ${algorithm} digest, ${way}`,
      run: async (registry) => {
        const blob = { name: registry.newName(), bytes, digest: digestOf(bytes, algorithm) };
        await expectPushed(registry, blob, await push(registry, blob));
      },
    })),
  ),
);

const wrongDigests: readonly (readonly [string, string])[] = [
  ['of other content', digestOf(Buffer.from('other'))],
  ['of other content in sha512', digestOf(Buffer.from('other'), 'sha512')],
  ['that is no hex', 'sha256:baddigeststring'],
  ['in capitals', digestOf(Buffer.from('content')).toUpperCase().replace('SHA', 'sha')],
  ['that is too short', digestOf(Buffer.from('content')).slice(0, -1)],
  ['that is too long', `${digestOf(Buffer.from('content'))}0`],
  ['of an algorithm nobody has', `sha3:${'0'.repeat(64)}`],
  ['of a broken algorithm', 'md5:9a0364b9e99bb480dd25e1f0284c8555'],
  ['without algorithm', '0'.repeat(64)],
  ['with a path in it', 'sha256:..%2f..%2fetc%2fpasswd'],
  ['that is empty', ''],
];

/** Nothing of what is refused may be there, so all of these cases can use the same one. */
const emptyRepository = oncePerRegistry(newRepository);

const badDigests: readonly WriteCase[] = ways.flatMap(({ name: way, push }) =>
  wrongDigests.map(([what, digest]): WriteCase => ({
    clause: '967efdc #pushing-blobs',
    name: `refuses a digest ${what}, ${way}`,
    run: async (registry) => {
      const bytes = Buffer.from('content');
      const name = await emptyRepository(registry);
      expectRefusal(await push(registry, { name, bytes, digest }), 400, 'DIGEST_INVALID');
      const { status } = await registry.send('HEAD', `/v2/${name}/blobs/${digestOf(bytes)}`);
      expect(status).toBe(404);
    },
  })),
);

export const blobPushCases: readonly Group<WriteCase>[] = [
  { title: 'pushing blobs', cases: monolithic },
  { title: 'wrong digests of blobs', cases: badDigests },
];
