import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestOf, mediaTypes } from '../../src/spec/index.ts';
import type { Peer } from '../support/peers.ts';
import { runProgram } from '../support/run-cli.ts';
import {
  hostPlatform,
  isMissing,
  oras,
  push,
  type PushedSummary,
  runPeer,
  skopeo,
  titled,
} from './peer-commands.ts';
import {
  address,
  htpasswd,
  password,
  type Setting,
  startGuarded,
  startOpen,
  user,
  writeDockerConfig,
} from './served-registry.ts';

interface Kind {
  readonly name: string;
  readonly start: () => Promise<Setting>;
  /** What ORAS is told about the registry, with `--from-` or `--to-` before each name when it is one of two. */
  readonly orasFlags: (setting: Setting, side?: 'from-' | 'to-' | '') => readonly string[];
  readonly skopeoFlags: (
    setting: Setting,
    side?: 'src-' | 'dest-' | '',
  ) => Promise<readonly string[]>;
  readonly peers: readonly Peer[];
}

const kinds: readonly Kind[] = [
  {
    name: 'over TLS, with a password',
    start: startGuarded,
    orasFlags: ({ caFile }, side = '') => [
      `--${side}ca-file=${caFile}`,
      `--${side}username=${user}`,
      `--${side}password=${password}`,
    ],
    skopeoFlags: async ({ caFile, folder }, side = '') => {
      // Every .key in such a folder is taken for a client's, so the server's must not be there.
      const certificates = join(folder, 'certificates');
      await mkdir(certificates, { recursive: true });
      await copyFile(caFile, join(certificates, 'ca.crt'));
      return [`--${side}cert-dir=${certificates}`, `--${side}creds=${user}:${password}`];
    },
    peers: [htpasswd],
  },
  {
    name: 'over plain HTTP on loopback',
    start: startOpen,
    orasFlags: (_setting, side = '') => [`--${side}plain-http`],
    skopeoFlags: (_setting, side = '') => Promise.resolve([`--${side}tls-verify=false`]),
    peers: [],
  },
];

describe.each(kinds)('tofu-oci serve $name', ({ start, orasFlags, skopeoFlags, peers }) => {
  async function published(): Promise<
    Setting & { readonly summary: PushedSummary; readonly reference: string }
  > {
    const setting = await start();
    const { folder, host, location, caFile } = setting;
    const env = { DOCKER_CONFIG: await writeDockerConfig(join(folder, 'docker'), host) };
    const trust = caFile === '' ? [] : ['--ca-file', caFile];
    const args = [address, 'dist', '--to', location, ...trust];
    const summary = await push(args, { cwd: folder, env });
    expect(summary).toMatchObject({ action: 'published', evidence: 'attached' });
    // Ours must not serve the peers as theirs.
    await rm(join(folder, 'docker'), { recursive: true });
    return { ...setting, summary, reference: `${host}/tf/${address}:1.2.3` };
  }

  describe.skipIf(isMissing(oras, ...peers))(titled('and ORAS', oras, ...peers), () => {
    interface Discovered {
      readonly referrers: readonly { readonly artifactType: string; readonly digest: string }[];
    }

    it('pass a release and its evidence out and back in without changing a digest', async () => {
      const setting = await published();
      const { folder, host, reference, release, summary } = setting;
      const ask = (...args: readonly string[]): Promise<string> =>
        runPeer(oras, [...args, ...orasFlags(setting)], { cwd: folder });
      const cp = (...args: readonly string[]): Promise<string> =>
        runPeer(oras, ['cp', '-r', ...args], { cwd: folder });
      const layout = `${join(folder, 'layout')}:1.2.3`;
      await cp(...orasFlags(setting, 'from-'), reference, '--to-oci-layout', layout);
      const back = `${host}/back/${address}:1.2.3`;
      await cp('--from-oci-layout', layout, ...orasFlags(setting, 'to-'), back);
      const beside = `${host}/beside/${address}:1.2.3`;
      await cp(...orasFlags(setting, 'from-'), ...orasFlags(setting, 'to-'), reference, beside);

      const discover = async (image: string): Promise<Discovered['referrers']> => {
        const text = await ask('discover', '--format', 'json', image);
        const { referrers } = JSON.parse(text) as Discovered;
        return referrers.map(({ artifactType, digest }) => ({ artifactType, digest }));
      };
      const evidence = await discover(reference);
      expect(evidence.map(({ artifactType }) => artifactType)).toEqual([
        'application/vnd.tofu-oci.provider-evidence.v1',
      ]);
      for (const image of [back, beside]) {
        expect((await ask('resolve', image)).trim()).toBe(summary.digest);
        expect(await discover(image)).toEqual(evidence);
        await ask('pull', '--platform', hostPlatform.replace('_', '/'), '-o', 'pulled', image);
        const zip = release.pathOf(hostPlatform);
        const pulled = await readFile(join(folder, 'pulled', basename(zip)));
        expect(pulled.equals(await readFile(zip))).toBe(true);
        await rm(join(folder, 'pulled'), { recursive: true });
      }
    });

    it('push, attach, discover, list, pull and delete what is no provider', async () => {
      const setting = await start();
      const { folder, host } = setting;
      const ask = (...args: readonly string[]): Promise<string> =>
        runPeer(oras, [...args, ...orasFlags(setting)], { cwd: folder });
      const content = Buffer.alloc(3_000_000, 'tofu');
      await writeFile(join(folder, 'file.bin'), content);
      const image = `${host}/any/thing:v1`;
      await ask('push', '--artifact-type', 'application/vnd.example', image, 'file.bin');
      await ask('attach', '--artifact-type', 'application/vnd.example.note', image, 'file.bin');
      expect(await ask('discover', image)).toContain('application/vnd.example.note');
      await ask('tag', image, 'v2', 'latest');
      const tags = (await ask('repo', 'tags', `${host}/any/thing`)).trim().split('\n');
      expect(tags.sort()).toEqual(['latest', 'v1', 'v2']);
      expect((await ask('repo', 'ls', host)).trim()).toBe('any/thing');
      await ask('pull', '-o', 'pulled', image);
      expect((await readFile(join(folder, 'pulled', 'file.bin'))).equals(content)).toBe(true);
      const raw = await ask('manifest', 'fetch', image);
      await ask('manifest', 'delete', '--force', image);
      const args = ['resolve', `${host}/any/thing@${digestOf(Buffer.from(raw))}`];
      const gone = await runProgram(oras.path ?? '', [...args, ...orasFlags(setting)], {
        cwd: folder,
      });
      expect(gone.code).toBe(1);
      expect(gone.stderr).toMatch(/not found/u);
    });
  });

  it.skipIf(isMissing(skopeo, ...peers))(
    titled('and skopeo pass a package out and back in without changing a digest', skopeo, ...peers),
    async () => {
      const setting = await published();
      const { folder, host, reference, summary } = setting;
      const flags = await skopeoFlags(setting);
      const run = (...args: readonly string[]): Promise<string> =>
        runPeer(skopeo, args, { cwd: folder });
      const raw = await run('inspect', '--raw', ...flags, `docker://${reference}`);
      expect(digestOf(Buffer.from(raw))).toBe(summary.digest);
      const tags = await run('list-tags', ...flags, `docker://${host}/tf/${address}`);
      expect(JSON.parse(tags)).toMatchObject({ Tags: ['1.2.3'] });

      const { manifests } = JSON.parse(raw) as {
        readonly manifests: readonly { readonly digest: string }[];
      };
      const target = manifests[0]?.digest ?? '';
      const copy = ['--insecure-policy', 'copy', '--preserve-digests'];
      const [from, to] = [await skopeoFlags(setting, 'src-'), await skopeoFlags(setting, 'dest-')];
      const image = `docker://${host}/tf/${address}@${target}`;
      const layout = `oci:${join(folder, 'layout')}:package`;
      await run(...copy, ...from, image, layout);
      const back = `docker://${host}/back/thing:package`;
      await run(...copy, ...to, layout, back);
      const again = await run('inspect', '--raw', ...flags, back);
      expect(digestOf(Buffer.from(again))).toBe(target);
      expect(again).toContain(mediaTypes.manifest);
    },
  );
});
