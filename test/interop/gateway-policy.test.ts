import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashOfToken } from '../../src/server/auth/static-tokens.ts';
import { createHmacUrls } from '../../src/server/gateway/index.ts';
import { findPeer, findTofus } from '../support/peers.ts';
import { startRelay } from '../support/relay.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { homeOf, hostBlocks, makeProject, mirrorBlock, requires } from './gateway-project.ts';
import { loose, pinned, platforms, refused, startGatewayWorld } from './gateway-world.ts';

const terraform = findPeer('terraform', 'TERRAFORM_BIN');
const programs = [...(terraform.path === undefined ? [] : [terraform.path]), ...findTofus()];
const cases = programs.map((program) => [basename(program), program] as const);
const title = programs.length === 0 ? `a gateway (${terraform.reason})` : 'a gateway';

describe.skipIf(programs.length === 0)(title, { timeout: 120_000 }, () => {
  it.each(cases)('without a key of its own signs nothing for %s', async (_, program) => {
    const world = await startGatewayWorld('serve', { signs: false });
    const [direct, mirror] = [hostBlocks(world), mirrorBlock(world)];
    const make = (name: string, source: string, rc: string) =>
      makeProject(world, program, { name, main: requires(source), rc });
    const signed = await (await make('signed', pinned, direct)).init();
    expect([signed.code, signed.said]).toEqual([
      0,
      expect.stringContaining(`signed, key ID ${world.developer}`),
    ]);
    // Nobody whom a rule names has signed it, so there is nothing that the registry protocol could show.
    const unsigned = await make('unsigned', loose, direct);
    expect((await unsigned.init()).code).toBe(1);
    expect(existsSync(join(unsigned.directory, '.terraform/providers'))).toBe(false);
    const mirrored = await (await make('mirrored', loose, mirror)).init();
    expect([mirrored.code, mirrored.said.match(/signed, key ID/u)]).toEqual([0, null]);
  });

  it.each(cases)('as network mirror keeps to its rules and locks for %s', async (_, program) => {
    const world = await startGatewayWorld('serve');
    const rc = mirrorBlock(world);
    const forbidden = await makeProject(world, program, {
      name: 'refused',
      main: requires(refused),
      rc,
    });
    expect((await forbidden.init()).code).toBe(1);
    expect(existsSync(join(forbidden.directory, '.terraform/providers'))).toBe(false);

    const project = await makeProject(world, program, { name: 'kept', main: requires(pinned), rc });
    // Of a network mirror the programs want to be told by an address.
    const net = `-net-mirror=${/"(https:[^"]+)"/u.exec(rc)?.[1] ?? ''}`;
    const lockAll = ['providers', 'lock', net, ...platforms.map((one) => `-platform=${one}`)];
    const locked = await project.run(...lockAll);
    expect([locked.code, locked.stderr]).toEqual([0, '']);
    const h1 = (await project.locked(pinned)).filter((hash) => hash.startsWith('"h1:'));
    expect(h1).toHaveLength(platforms.length);
    expect((await project.init('-lockfile=readonly')).code).toBe(0);
    const lock = join(project.directory, '.terraform.lock.hcl');
    const text = await readFile(lock, 'utf8');
    const other = text.replaceAll(/"h1:[^"]+"/gu, `"h1:${'A'.repeat(43)}="`);
    await writeFile(lock, other.replaceAll(/"zh:[^"]+"/gu, `"zh:${'0'.repeat(64)}"`));
    await rm(join(project.directory, '.terraform'), { recursive: true });
    const tampered = await project.init();
    expect([tampered.code, tampered.said]).toEqual([1, expect.stringMatching(/checksum/u)]);
  });

  it.each(cases)(
    'sends %s a package by its signed address until it expires',
    async (_, program) => {
      const folder = await tempFolder();
      const secret = randomBytes(32);
      const [tokens, urlKey] = [join(folder, 'tokens'), join(folder, 'url.key')];
      await writeFile(tokens, `ci sha256:${hashOfToken('of-ci')}\n`);
      await writeFile(urlKey, secret, { mode: 0o600 });
      const world = await startGatewayWorld('serve', {
        serveArgs: ['--tokens', tokens, '--url-key', urlKey],
      });
      const host = homeOf(program);
      const { host: gateway } = new URL(world.http);
      const relay = await startRelay({ to: gateway });
      const credentials = `credentials "${host}" {\n  token = "of-ci"\n}\n`;
      const rc = hostBlocks({ ...world, http: `http://${relay.host}` }) + credentials;
      /** Addresses as the gateway made them that long ago. */
      const install = async (minutes: number) => {
        const now = Date.now() - minutes * 60_000;
        const urls = createHmacUrls({
          secret,
          clock: { now: () => now, sleep: () => Promise.resolve() },
        });
        relay.before = async ({ headers, path }) => {
          if (!path.includes('/download/')) return undefined;
          const { authorization = '' } = headers;
          const answer = await fetch(world.http + path, { headers: { authorization } });
          const document = (await answer.json()) as { download_url: string; shasum: string };
          const made = new URL(document.download_url, world.http + path);
          const principal = made.searchParams.get('principal') ?? '';
          const grant = { path: `${host}/${pinned}`, sha256: document.shasum, principal };
          made.search = urls.sign(grant);
          document.download_url = made.href;
          const type = { 'content-type': 'application/json' };
          return { status: answer.status, headers: type, body: JSON.stringify(document) };
        };
        const project = await makeProject(world, program, {
          name: `made-${String(minutes)}-minutes-ago`,
          main: requires(pinned),
          rc,
          env: { TF_PROVIDER_DOWNLOAD_RETRY: '0' },
        });
        return await project.init();
      };
      const fresh = await install(1);
      expect([fresh.code, fresh.said.match(/Error.*/u)]).toEqual([0, null]);
      const expired = await install(11);
      expect([expired.code, expired.said]).toEqual([1, expect.stringContaining('403')]);
    },
  );
});
