import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { nodeFiles } from '../base/index.ts';
import { findRegistryCertificates } from './registry-certificates.ts';
import type { Surroundings } from './surroundings.ts';

const host = 'registry.example.com:5000';

/** A home with these files in it. */
async function homeWith(written: Readonly<Record<string, string>>): Promise<Surroundings> {
  const home = await tempFolder();
  for (const [path, content] of Object.entries(written)) {
    await mkdir(join(home, path, '..'), { recursive: true });
    await writeFile(join(home, path), content);
  }
  return { env: { HOME: home }, cwd: home, home, platform: 'linux' };
}

const find = (around: Surroundings, name = host) =>
  findRegistryCertificates(around, name, { files: nodeFiles });

describe('certificates for a registry', () => {
  it.each(['.config/containers/certs.d', '.docker/certs.d', '.config/docker/certs.d'])(
    'are found in ~/%s',
    async (folder) => {
      const place = `${folder}/${host}`;
      const around = await homeWith({
        [`${place}/b.crt`]: 'two',
        [`${place}/a.crt`]: 'one',
        [`${place}/client.cert`]: 'cert',
        [`${place}/client.key`]: 'key',
        [`${place}/README`]: 'other',
      });
      expect(await find(around)).toEqual({
        ca: ['one', 'two'],
        identity: { cert: 'cert', key: 'key' },
        source: join(around.cwd, place),
      });
    },
  );

  it('are those of Podman when Docker has some, too', async () => {
    const around = await homeWith({
      [`.docker/certs.d/${host}/ca.crt`]: 'docker',
      [`.config/containers/certs.d/${host}/ca.crt`]: 'podman',
    });
    expect((await find(around))?.ca).toEqual(['podman']);
  });

  it('are looked for below XDG_CONFIG_HOME where it is set', async () => {
    const around = await homeWith({ [`settings/containers/certs.d/${host}/ca.crt`]: 'one' });
    const env = { ...around.env, XDG_CONFIG_HOME: 'settings' };
    expect((await find({ ...around, env }))?.ca).toEqual(['one']);
  });

  it('may be the authority alone', async () => {
    const around = await homeWith({ [`.docker/certs.d/${host}/ca.crt`]: 'one' });
    expect(await find(around)).toMatchObject({ ca: ['one'], identity: undefined });
  });

  it.each(['registry.example.com', 'registry.example.com:5001', 'example.com:5000'])(
    'are not those for %s',
    async (other) => {
      const around = await homeWith({ [`.docker/certs.d/${host}/ca.crt`]: 'one' });
      expect(await find(around, other)).toBeUndefined();
    },
  );

  it.each(['..', '.', '../certs.d', 'a/b', 'a%2fb', ''])('are none for %j', async (name) => {
    const around = await homeWith({
      '.docker/ca.crt': 'x',
      '.docker/certs.d/ca.crt': 'x',
      '.docker/certs.d/a/b/ca.crt': 'x',
    });
    expect(await find(around, name)).toBeUndefined();
  });

  it('have a folder without a colon on Windows', async () => {
    const asked: string[] = [];
    const readdir = (path: string): Promise<never> => {
      asked.push(path);
      return Promise.reject(Object.assign(new Error('no'), { code: 'ENOENT' }));
    };
    const files = Object.assign({}, nodeFiles, { readdir });
    const around = {
      env: { USERPROFILE: 'C:\\u' },
      cwd: 'C:\\',
      home: undefined,
      platform: 'win32',
    };
    expect(await findRegistryCertificates(around, host, { files })).toBeUndefined();
    expect(asked).toContain('C:\\u\\.docker\\certs.d\\registry.example.com5000');
  });

  it.each([
    ['a certificate without its key', 'client.cert', 'client.key'],
    ['a key without its certificate', 'client.key', 'client.cert'],
  ])('are refused with %s', async (_, name, missing) => {
    const around = await homeWith({ [`.docker/certs.d/${host}/${name}`]: 'x' });
    expect(await failureOf(find(around))).toMatchObject({
      code: 'ERR_CONFIG_REGISTRY_CERTIFICATES',
      category: 'usage',
      message: expect.stringContaining(missing) as string,
    });
  });

  it('are refused when there are very many files, or large ones', async () => {
    const names = Array.from({ length: 101 }, (_, at) => `.docker/certs.d/${host}/${String(at)}`);
    const many = await homeWith(Object.fromEntries(names.map((name) => [name, ''])));
    expect(await failureOf(find(many))).toMatchObject({ code: 'ERR_CONFIG_REGISTRY_CERTIFICATES' });
    const large = await homeWith({ [`.docker/certs.d/${host}/ca.crt`]: 'x'.repeat(1 << 21) });
    expect(await failureOf(find(large))).toMatchObject({ code: 'ERR_BASE_LIMIT_EXCEEDED' });
  });

  it('pass over what only root may read', async () => {
    const place = `.docker/certs.d/${host}`;
    const around = await homeWith({
      [`${place}/ca.crt`]: 'one',
      [`${place}/client.cert`]: 'cert',
      [`${place}/client.key`]: 'key',
    });
    const open = (path: string, flags: string) =>
      path.endsWith('.key')
        ? Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }))
        : nodeFiles.open(path, flags);
    const files = Object.assign({}, nodeFiles, { open });
    expect(await findRegistryCertificates(around, host, { files })).toMatchObject({
      ca: ['one'],
      identity: undefined,
    });
  });
});
