import { chmod, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDockerRegistry, whyNoDockerRegistry } from '../support/docker-registry.ts';
import { makeReleaseFolder, type ReleaseFolder } from '../support/release-folder.ts';
import { type Finished, runCli, startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

const all = '{hostname}/{namespace}/{type}';

interface Place {
  readonly folder: string;
  readonly location: string;
  readonly release: ReleaseFolder;
}

/** A release pushed to a location. */
async function published(location: string, folder: string): Promise<Place> {
  const release = await makeReleaseFolder(join(folder, 'dist'), {
    type: 'thing',
    version: '1.2.3',
  });
  const args = ['push', 'example.com/acme/thing', 'dist', '--to', location];
  const pushed = await runCli(args, { cwd: folder });
  expect(pushed).toMatchObject({ code: 0 });
  return { folder, location, release };
}

const run = (command: string, { folder, location }: Place, ...more: string[]): Promise<Finished> =>
  runCli([command, ...more, '--from', location, '--json'], { cwd: folder });

const objectsIn = ({ stdout }: Finished): readonly Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

async function expectAllOfIt(place: Place): Promise<void> {
  const listed = await run('list', place);
  expect({ code: listed.code, objects: objectsIn(listed) }).toMatchObject({
    code: 0,
    objects: [
      {
        type: 'release',
        provider: 'example.com/acme/thing',
        version: '1.2.3',
        packages: [...place.release.hashes].map(([platform, hex]) => ({
          platform,
          zh: `zh:${hex}`,
        })),
      },
      { type: 'summary', providers: 1, releases: 1, packages: 3 },
    ],
  });
  const inspected = await run('inspect', place, 'example.com/acme/thing@1.2.3');
  expect({ code: inspected.code, objects: objectsIn(inspected) }).toMatchObject({
    code: 0,
    objects: [{ findings: [], evidence: [{ documents: ['SHA256SUMS', 'origin.json'] }] }, {}],
  });
  const verified = await run('verify', place);
  expect({ code: verified.code, objects: objectsIn(verified) }).toMatchObject({
    code: 0,
    objects: [
      { type: 'release', problems: 0, warnings: 0, referrers: 1 },
      { type: 'summary', problems: 0, packages: 3 },
    ],
  });
}

describe('list, inspect and verify', () => {
  it('agree about a folder, the registry that serves it, and an archive of that', async () => {
    const folder = await tempFolder();
    const place = await published('./registry', folder);
    await expectAllOfIt(place);
    const server = await startServe(['./registry', '--listen', '127.0.0.1:0'], { cwd: folder });
    const served = { ...place, location: `${server.hosts[0] ?? ''}/${all}` };
    await expectAllOfIt(served);
    const archive = { ...place, location: 'oci-archive:all.tar' };
    const copied = await runCli(['copy', '--from', served.location, '--to', archive.location], {
      cwd: folder,
    });
    expect(copied).toMatchObject({ code: 0 });
    await expectAllOfIt(archive);
  });

  it('name a platform that a cleaning job removed', async () => {
    const folder = await tempFolder();
    const place = await published('./registry', folder);
    const [object] = objectsIn(await run('inspect', place, 'example.com/acme/thing'));
    const { platforms } = object as { platforms: { platform: string; manifest: string }[] };
    const gone = platforms[1];
    const layout = join(folder, 'registry/example.com/acme/thing');
    await rm(join(layout, 'blobs/sha256', gone?.manifest.slice('sha256:'.length) ?? ''));
    for (const command of ['inspect', 'verify']) {
      const named = command === 'inspect' ? ['example.com/acme/thing'] : [];
      const told = await run(command, place, ...named);
      expect(told.code).toBe(5);
      expect(told.stdout).toContain('ERR_RELEASE_INCOMPLETE');
      expect(told.stdout).toContain(gone?.manifest);
    }
    const plain = await runCli(['verify', '--from', place.location], { cwd: folder });
    expect(plain.stdout).toMatch(/^problem {2}example\.com\/acme\/thing 1\.2\.3 linux_amd64: /mu);
  });
});

const missing = whyNoDockerRegistry();

describe.skipIf(missing !== undefined)(`beside docker-registry ${missing ?? ''}`, () => {
  it('find what it has by its catalog, and a package that it gives out altered', async () => {
    const registry = await startDockerRegistry();
    onTestFinished(() => registry.stop());
    const place = await published(`${registry.host}/tf/${all}`, await tempFolder());
    await expectAllOfIt(place);
    const hex = place.release.hashes.get('linux_amd64') ?? '';
    const blobs = join(registry.folder, 'store/docker/registry/v2/blobs/sha256');
    const path = join(blobs, hex.slice(0, 2), hex, 'data');
    expect(await readdir(join(blobs, hex.slice(0, 2), hex))).toEqual(['data']);
    const bytes = await readFile(path);
    bytes[50] = (bytes[50] ?? 0) ^ 255;
    await chmod(path, 0o600);
    await writeFile(path, bytes);
    const verified = await run('verify', place);
    expect(verified.code).toBe(5);
    expect(objectsIn(verified)).toMatchObject([
      { type: 'finding', platform: 'linux_amd64', code: 'ERR_CONTENT_DIGEST_MISMATCH' },
      { type: 'release', problems: 1 },
      { type: 'summary', problems: 1, failed: 0 },
    ]);
  });
});
