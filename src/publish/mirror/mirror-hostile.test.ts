import { execFileSync } from 'node:child_process';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateKey } from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type InitWorld, makeInitWorld } from '../../../test/support/init-world.ts';
import { makeMirrorPlace } from '../../../test/support/mirror-place.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { readEvidenceOf } from '../../release/index.ts';
import { createFilesystemTarget } from './filesystem-target.ts';

let world: InitWorld;
beforeAll(async () => {
  world = await makeInitWorld();
});

/** The same key in a block of so many more bytes. */
const padded = (armor: string, bytes: number): string =>
  armor.replace('\n\n', `\nComment: ${'x'.repeat(bytes)}\n\n`);

describe('an origin with odd keys', () => {
  const mirrored = async (armors: readonly string[]) => {
    const { registry, run, to } = await makeMirrorPlace(world);
    const listed = armors.map((ascii_armor) => ({ key_id: world.key.keyId, ascii_armor }));
    registry.faults.document = { signing_keys: { gpg_public_keys: listed } };
    const { failures } = await run({ platforms: [{ os: 'linux', arch: 'amd64' }] });
    if (failures.length > 0) return { failures };
    const second = await run();
    const evidence = await readEvidenceOf(to, await to.resolve('1.1.0'));
    return {
      failures: second.failures,
      keys: evidence.map(({ documents }) => documents.keys?.toString() ?? ''),
    };
  };

  it('leaves evidence that can be read again, whatever else the origin lists as keys', async () => {
    const strangers = await Promise.all(
      [1, 2, 3].map(() => generateKey({ userIDs: [{ name: 'Stranger' }], format: 'armored' })),
    );
    const { failures, keys } = await mirrored([
      ...strangers.map(({ publicKey }) => padded(publicKey, 100_000)),
      world.key.armor,
    ]);
    expect(failures).toEqual([]);
    const key = { key_id: world.key.keyId, ascii_armor: world.key.armor };
    for (const text of keys ?? []) expect(JSON.parse(text)).toEqual({ gpg_public_keys: [key] });
    expect(keys).not.toEqual([]);
  });

  it('hands on no private key that the origin lists by mistake', async () => {
    const { privateKey } = await generateKey({ userIDs: [{ name: 'Author' }], format: 'armored' });
    const { failures, keys } = await mirrored([privateKey, world.key.armor]);
    expect(failures).toEqual([]);
    expect(keys?.join('')).not.toContain('PRIVATE');
  });

  it('refuses a release whose key is larger than evidence may be', async () => {
    const { failures } = await mirrored([
      padded(world.key.armor, 256 * 1024 - world.key.armor.length - 20),
    ]);
    expect(failures).toMatchObject([{ error: { code: 'ERR_BASE_LIMIT_EXCEEDED' } }]);
  });
});

describe('an origin with odd sums', () => {
  it('is quoted without what a terminal would obey', async () => {
    const { registry, run } = await makeMirrorPlace(world);
    const line = `${'0'.repeat(64)}  \u009b31m\u202ename\n`;
    registry.faults.answer = (path) =>
      path.endsWith('SHA256SUMS') ? { body: line + line } : undefined;
    const [failure] = (await run()).failures;
    const text = failure?.error instanceof Error ? failure.error.message : '';
    expect(text).toMatch(/line 2 names .*name a second time/u);
    expect(text).not.toMatch(/[\u0080-\u009f\u202e]/u);
  });
});

describe('a filesystem mirror in which somebody else writes, too', () => {
  const zip = 'terraform-provider-thing_1.1.0_linux_amd64.zip';
  const folder = async () => {
    const targetFor = createFilesystemTarget({ directory: await tempFolder() });
    const place = await makeMirrorPlace(world, { to: () => targetFor(place.provider) });
    expect((await place.run()).failures).toEqual([]);
    const path = targetFor(place.provider).name;
    return { ...place, at: (name: string) => join(path, name) };
  };

  it.skipIf(process.platform === 'win32').each([zip, '1.1.0.json', 'index.json'])(
    'does not wait for a pipe in the place of %s',
    async (name) => {
      const { at, run } = await folder();
      await rm(at(name));
      execFileSync('mkfifo', [at(name)]);
      const [failure] = (await run()).failures;
      expect(failure?.error).toMatchObject({ code: 'ERR_BASE_FILE_ACCESS' });
      expect(String(failure?.error)).toContain('it is no regular file');
    },
  );

  it.each([
    ['another hash', { hashes: [`zh:${'0'.repeat(64)}`], url: zip }],
    ['another place', { hashes: [], url: 'https://elsewhere.example/thing.zip' }],
  ])('writes a document anew that states %s for a package that is there', async (_name, wrong) => {
    const { at, run } = await folder();
    const before = await readFile(at('1.1.0.json'), 'utf8');
    const document = JSON.parse(before) as { archives: Record<string, unknown> };
    document.archives['linux_amd64'] = wrong;
    await writeFile(at('1.1.0.json'), JSON.stringify(document));
    expect((await run()).failures).toEqual([]);
    expect(await readFile(at('1.1.0.json'), 'utf8')).toBe(before);
  });

  it.skipIf(process.platform !== 'linux')(
    'takes a package that OpenTofu would take before the right one for what is there',
    async () => {
      const { at, run } = await folder();
      await writeFile(at(zip.toUpperCase().replace('.ZIP', '.zip')), 'another package');
      expect((await run()).failures).toMatchObject([{ error: { code: 'ERR_PUBLISH_CONFLICT' } }]);
      await rename(at(zip), at(zip.toUpperCase().replace('.ZIP', '.zip')));
      expect((await run()).failures).toEqual([]);
    },
  );
});
