import { readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { putPacked, putUnpacked } from '../../test/support/provider-folders.ts';
import { makeProviderZip } from '../../test/support/release-folder.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { hashTree } from '../archive/index.ts';
import {
  emptyLockFile,
  noConstraints,
  parsePackageHash,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
  providerKey,
} from '../domain/index.ts';
import { createFilesystemMirrorSource } from '../sources/index.ts';
import { installProviders } from './installer.ts';

const provider = parseProviderAddress('example.com/acme/thing');
const version = parseVersion('1.0.0');
const platform = parsePlatform('linux_amd64');
const package1 = { provider, version, platform };
const inside = 'providers/example.com/acme/thing/1.0.0/linux_amd64';

async function world() {
  const mirror = await tempFolder();
  const dataDirectory = await tempFolder();
  const zip = await makeProviderZip({ type: 'thing', version: '1.0.0' }, 'linux_amd64');
  const labels: string[] = [];
  const request = {
    source: createFilesystemMirrorSource({ directory: mirror }),
    requirements: new Map([[providerKey(provider), { provider, constraints: noConstraints }]]),
    lockFile: emptyLockFile,
    platform,
    dataDirectory,
    mode: 'use-locked' as const,
    events: {
      installed: (_p: unknown, _v: unknown, { label }: { readonly label: string }) =>
        void labels.push(label),
    },
  };
  return { mirror, zip, labels, request, installed: join(dataDirectory, inside) };
}

describe('an installation from a filesystem mirror', () => {
  it('links an unpacked package and records its h1 alone', async () => {
    const { installed, labels, mirror, request, zip } = await world();
    const path = await putUnpacked(mirror, package1, zip);
    const { incomplete, lockFile } = await installProviders(request);
    expect(await readlink(installed)).toBe(path);
    expect(lockFile.get(provider)?.hashes).toEqual([await hashTree(path)]);
    expect(labels).toEqual(['unauthenticated']);
    expect(incomplete).toEqual([provider]);
    // The next run finds it through the link.
    await installProviders({ ...request, lockFile });
    expect(labels).toHaveLength(1);
    // A folder that changed behind the link is no longer the one that was locked.
    await writeFile(join(path, 'README.md'), 'changed');
    await expect(installProviders({ ...request, lockFile })).rejects.toThrow(
      /the local package for example\.com\/acme\/thing 1\.0\.0 doesn't match any of the checksums/u,
    );
  });

  it('unpacks a zip and records its h1 alone', async () => {
    const { installed, labels, mirror, request, zip } = await world();
    await putPacked(mirror, package1, zip);
    const { lockFile } = await installProviders(request);
    expect(lockFile.get(provider)?.hashes).toEqual([await hashTree(installed)]);
    expect(labels).toEqual(['unauthenticated']);
  });

  it('refuses a folder that only checksums of zips are locked for', async () => {
    const { mirror, request, zip } = await world();
    await putUnpacked(mirror, package1, zip);
    const hashes = [parsePackageHash(`zh:${'f'.repeat(64)}`)];
    const lockFile = emptyLockFile.with({ provider, version, constraints: noConstraints, hashes });
    await expect(installProviders({ ...request, lockFile })).rejects.toMatchObject({
      code: 'ERR_INSTALL_FAILED',
      category: 'integrity',
    });
  });
});
