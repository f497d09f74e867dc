import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startDockerRegistry, whyNoDockerRegistry } from '../support/docker-registry.ts';
import { whyNoGpg } from '../support/gpg.ts';
import {
  addressOf,
  badProviders,
  goodProviders,
  type OriginWorld,
  type Signing,
  startOriginWorld,
  worldHosts,
  worldPlatforms,
  worldVersions,
} from '../support/origin-world.ts';
import { type Relay, type RelayedRequest, startRelay } from '../support/relay.ts';
import { type Finished, runCli, startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { walkRegistry } from '../support/walk-registry.ts';

const noGpg = whyNoGpg();
const noDockerRegistry = whyNoDockerRegistry();

let world: OriginWorld;
beforeAll(async () => {
  if (noGpg === undefined) world = await startOriginWorld();
});
afterAll(async () => {
  if (noGpg === undefined) await world.close();
});

const releases = goodProviders.length * worldVersions.length;
const failures = badProviders.length * worldVersions.length;
const packages = releases * worldPlatforms.length;

interface Line {
  readonly type: string;
  readonly provider: string;
  readonly version: string;
  readonly verdict?: { readonly kind: string };
}

interface Place {
  readonly relay: Relay;
  readonly mirror: (...more: string[]) => Promise<Finished & { readonly lines: readonly Line[] }>;
}

async function place(registry: string): Promise<Place> {
  const relay = await startRelay({ to: registry });
  const home = await tempFolder();
  await writeFile(join(home, 'ca.crt'), world.certificate.ca);
  const blocks = world.providers.map(
    (one) => `  provider "${addressOf(one)}" {\n    versions = ">= 1.0.0"\n  }\n`,
  );
  const to = `${relay.host}/tf/{hostname}/{namespace}/{type}`;
  await writeFile(join(home, 'mirror.hcl'), `mirror {\n  to = "${to}"\n${blocks.join('')}}\n`);
  return {
    relay,
    mirror: async (...more) => {
      const args = ['mirror', '--file', 'mirror.hcl', '--json', ...more];
      const env = { ...world.env, SSL_CERT_FILE: join(home, 'ca.crt') };
      const result = await runCli(args, { cwd: home, env });
      const lines = result.stdout.trimEnd().split('\n');
      return { ...result, lines: lines.map((line) => JSON.parse(line) as Line) };
    },
  };
}

const targets: readonly (readonly [string, string | undefined, () => Promise<string>])[] = [
  [
    'serve',
    noGpg,
    async () => {
      const folder = await tempFolder();
      const server = await startServe([folder, '--listen', '127.0.0.1:0'], { cwd: folder });
      return server.hosts[0] ?? '';
    },
  ],
  [
    'docker-registry',
    noGpg ?? noDockerRegistry,
    async () => {
      const registry = await startDockerRegistry();
      onTestFinished(() => registry.stop());
      return registry.host;
    },
  ],
];

const isPackage = (line: string): boolean => line.endsWith('.zip');
const sendsSomething = ({ method }: RelayedRequest): boolean =>
  method !== 'GET' && method !== 'HEAD';

/** Requests by the release that they name; others by themselves. */
function countByRelease(requests: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of requests) {
    const version = worldVersions.find((each) => line.includes(`/${each}`));
    const provider = world.providers.find(({ hostname, namespace, type }) =>
      new RegExp(`/${hostname}/.*${namespace}/${type}/`, 'u').test(line),
    );
    const isOfRelease = version !== undefined && provider !== undefined;
    const name = isOfRelease ? `${addressOf(provider)} ${version}` : line;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** What each kind of signature is said to be. */
const verdicts: Readonly<Partial<Record<Signing, string>>> = {
  rsa: 'signed',
  ed25519: 'signed',
  rotated: 'signed',
  expired: 'expired-key',
  none: 'unsigned',
};

describe.each(targets)('a whole mirror in %s', (_name, missing, start) => {
  it.skipIf(missing !== undefined)(
    `holds what is signed well, and costs next to nothing to keep${missing === undefined ? '' : ` (${missing})`}`,
    { timeout: 120_000 },
    async () => {
      const { mirror, relay } = await place(await start());
      world.asked();
      const first = await mirror();
      const good = new Set(goodProviders.map(addressOf));
      const isError = ({ type, provider }: Line): boolean => type === 'error' && good.has(provider);
      expect(first.lines.filter(isError)).toEqual([]);
      expect(first.code).toBe(5);
      const counts = { providers: goodProviders.length, releases, failed: failures };
      expect(first.lines.at(-1)).toMatchObject({ ...counts, pushed: packages, present: 0 });
      expect(world.asked().filter(isPackage)).toHaveLength(packages);
      for (const provider of goodProviders) {
        const told = first.lines.filter((line) => line.provider === addressOf(provider));
        const wanted = worldVersions.map((version) => ({
          type: 'release',
          version,
          verdict: { kind: verdicts[provider.signing] },
        }));
        expect(told, addressOf(provider)).toMatchObject(wanted);
      }

      // Every tag is there, and whole, with what the origin said of it; of the bad ones there is nothing.
      const repositories = world.providers.map((one) => `tf/${addressOf(one)}`);
      const shown = await walkRegistry(relay.to, repositories);
      expect(shown.map(({ name }) => name).sort()).toEqual(
        goodProviders
          .flatMap((one) => worldVersions.map((version) => `tf/${addressOf(one)}:${version}`))
          .sort(),
      );
      for (const version of shown) {
        expect(version).toMatchObject({ platforms: worldPlatforms, missing: [], referrers: 1 });
      }

      world.asked();
      relay.asked();
      const second = await mirror();
      expect(second.lines.at(-1)).toMatchObject({ ...counts, pushed: 0, present: packages });
      const [asked, sent] = [world.asked(), relay.asked()];
      expect(asked.filter(isPackage)).toEqual([]);
      expect(sent.filter(sendsSomething)).toEqual([]);
      const requests = [
        ...asked,
        ...sent.map(({ method, path }) => `${method} https://target${path}`),
      ];
      const byRelease = countByRelease(requests);
      for (const provider of goodProviders) {
        for (const version of worldVersions) {
          expect(byRelease.get(`${addressOf(provider)} ${version}`)).toBeLessThanOrEqual(3);
        }
      }
      // Beside those: the documents of the hosts, the list of each provider, and whether the target is there.
      const others = [...byRelease].filter(([name]) => name.startsWith('GET '));
      expect(others.length).toBeLessThanOrEqual(worldHosts.length + world.providers.length + 1);
      expect(others.every(([, count]) => count === 1)).toBe(true);
    },
  );
});

describe.skipIf(noGpg !== undefined)('what is not signed well', () => {
  it('fails alone, and says why', async () => {
    const { mirror } = await place('127.0.0.1:9');
    const { lines } = await mirror('--to', './mirrored/{hostname}/{namespace}/{type}', '--dry-run');
    const errors = lines.filter(({ type }) => type === 'error');
    expect(errors).toHaveLength(failures);
    const said = (provider: string): unknown[] =>
      errors.filter((line) => line.provider === provider);
    for (const [provider, text] of [
      ['registry.opentofu.org/void/key', /is revoked: its owner declared it void/u],
      ['providers.example.com/void/stranger', /from unknown issuer: it was made by key/u],
      ['providers.example.com/void/unsigned', /from unknown issuer$/u],
    ] as const) {
      const wanted = { category: 'trust', message: expect.stringMatching(text) as string };
      expect(said(provider)).toMatchObject(
        worldVersions.map((version) => ({ version, ...wanted })),
      );
    }
  });
});
