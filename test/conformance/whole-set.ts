import { expect } from 'vitest';
import { send } from '../support/http-request.ts';
import type { DataSet } from './set-parts.ts';

/** That raw requests find all of a set in a repository of any registry over plain HTTP, byte by byte. */
export async function expectWhole(host: string, name: string, set: DataSet): Promise<void> {
  const get = async (path: string) => {
    // Some registries answer 404 when the type of what they have is not named.
    const headers = { Accept: set.manifests.map(({ mediaType }) => mediaType).join(', ') };
    return send('GET', `http://${host}`, `/v2/${name}/${path}`, { headers });
  };
  for (const { bytes, digest } of set.blobs) {
    const { status, body } = await get(`blobs/${digest}`);
    expect([digest, status, body.equals(bytes)]).toEqual([digest, 200, true]);
  }
  for (const { bytes, digest, tag } of set.manifests) {
    for (const reference of [digest, tag]) {
      const { status, body } = await get(`manifests/${reference}`);
      expect([reference, status, body.equals(bytes)]).toEqual([reference, 200, true]);
    }
  }
}
