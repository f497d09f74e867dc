import { generateKey } from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type InitWorld, makeInitWorld } from '../../test/support/init-world.ts';
import { makeMirrorPlace } from '../../test/support/mirror-place.ts';
import { readEvidenceOf } from '../release/index.ts';

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
