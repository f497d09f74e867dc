import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningRegistry, startRegistry } from '../../../test/support/running-registry.ts';
import { temporaryStorage } from '../../../test/support/temporary-storage.ts';
import { digestOf } from '../../spec/index.ts';
import { BlobPlaces } from './blob-places.ts';

describe('a mount that names no source', () => {
  let registry: RunningRegistry;
  beforeAll(async () => {
    registry = await startRegistry(await temporaryStorage(), {
      authorize: (_, { repository, action }) => action === 'push' || repository !== 'zz/secret',
    });
    // More repositories than are looked through.
    for (let number = 0; number < 120; number++) {
      await registry.pushBlob(`many/r${String(number).padStart(3, '0')}`, '{}');
    }
  });
  afterAll(() => registry.close());

  const mount = async (name: string, digest: string) => {
    const path = `/v2/${name}/blobs/uploads/?mount=${digest}`;
    return (await registry.send('POST', path)).status;
  };

  it('finds what came in last, however many repositories there are', async () => {
    const digest = await registry.pushBlob('zz/last', 'came in last');
    expect(await mount('into/one', digest)).toBe(201);
  });

  it('looks further when the blob is no longer where it came in', async () => {
    await registry.pushBlob('many/r050', 'moved');
    const digest = await registry.pushBlob('zz/left', 'moved');
    const gone = await registry.send('DELETE', `/v2/zz/left/blobs/${digest}`);
    expect(gone.status).toBe(202);
    expect(await mount('into/two', digest)).toBe(201);
  });

  it('takes nothing from a repository that the caller may not read', async () => {
    const digest = await registry.pushBlob('zz/secret', 'for few');
    expect(await mount('into/three', digest)).toBe(202);
  });
});

describe('BlobPlaces', () => {
  it('forgets the oldest of very many', () => {
    const places = new BlobPlaces();
    const digests = Array.from({ length: 20_001 }, (_, number) =>
      digestOf(Buffer.from(String(number))),
    );
    for (const digest of digests) places.note(digest, 'a');
    expect(digests.slice(0, 2).map((digest) => places.find(digest))).toEqual([undefined, 'a']);
    expect(places.find(digests.at(-1) ?? digestOf(Buffer.alloc(0)))).toBe('a');
  });
});
