import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { whyNoDockerRegistry } from '../support/docker-registry.ts';
import { findPeer, findTofus } from '../support/peers.ts';
import type { RelayAnswer } from '../support/relay.ts';
import { homeOf, hostBlocks, makeProject, mirrorBlock, requires } from './gateway-project.ts';
import { packageOf, pinned, startGatewayWorld, target } from './gateway-world.ts';

const terraform = findPeer('terraform', 'TERRAFORM_BIN');
const programs = [...(terraform.path === undefined ? [] : [terraform.path]), ...findTofus()];
/** A minute for each program: they wait before they try again. */
const isAsked = process.env.TOFU_BIN !== undefined;
const why: string | undefined = isAsked
  ? (whyNoDockerRegistry() ?? (programs.length === 0 ? terraform.reason : undefined))
  : 'takes a minute for each program: name them with TOFU_BIN';

/** Large enough that its first half has left the gateway before the second can be wrong. */
const binary = randomBytes(1024 * 1024);

/** What the registry behind the gateway sends in place of a package; nothing when it is gone. */
const faults: readonly (readonly [string, (zip: Buffer) => RelayAnswer | undefined])[] = [
  [
    'its last byte is another',
    (zip) => {
      const body = Buffer.from(zip);
      body[body.length - 1] = (body.at(-1) ?? 0) ^ 1;
      return { status: 200, headers: { 'content-length': String(zip.length) }, body };
    },
  ],
  ['it is longer', (zip) => ({ status: 200, body: Buffer.concat([zip, Buffer.alloc(1000)]) })],
  ['it is shorter', (zip) => ({ status: 200, body: zip.subarray(0, zip.length - 1) })],
  [
    'it breaks off and the registry is gone',
    (zip) => ({
      status: 200,
      headers: { 'content-length': String(zip.length) },
      body: zip.subarray(0, zip.length / 2),
      breaksOff: true,
    }),
  ],
  ['the registry is gone', () => undefined],
];

/** Whether a client got the whole of a package, by the lengths that it was told. */
async function isDelivered(http: string, host: string): Promise<boolean> {
  const [os = '', arch = ''] = target.split('_');
  const about = `${http}/v1/providers/${host}/${pinned}/1.2.3/download/${os}/${arch}`;
  try {
    const answer = await fetch(about);
    if (!answer.ok) return false;
    const { download_url: url } = (await answer.json()) as { readonly download_url: string };
    const zip = await fetch(new URL(url, about));
    await zip.arrayBuffer();
    return zip.ok;
  } catch {
    return false;
  }
}

describe.skipIf(why !== undefined)(
  `a gateway before a faulty docker-registry${why === undefined ? '' : ` (${why})`}`,
  { timeout: 180_000 },
  () => {
    it.each(programs.map((program) => [basename(program), program] as const))(
      'gives %s no package that is not whole and right',
      async (_, program) => {
        const world = await startGatewayWorld('docker-registry', { binary });
        const { relay } = world;
        if (relay === undefined) throw new Error('no relay');
        const host = homeOf(program);
        const zip = await packageOf(world, `${host}/${pinned}`);
        const blob = `/blobs/sha256:${createHash('sha256').update(zip).digest('hex')}`;
        const ways = { direct: hostBlocks(world), mirror: mirrorBlock(world) };
        const install = async (name: string, rc: string) => {
          const project = await makeProject(world, program, {
            name,
            main: requires(pinned),
            rc,
            env: { TF_REGISTRY_CLIENT_TIMEOUT: '5', TF_PROVIDER_DOWNLOAD_RETRY: '0' },
          });
          const { code } = await project.init();
          // OpenTofu leaves the empty file of a lock beside it.
          const place = `.terraform/providers/${host}/${pinned}/1.2.3/${target}`;
          return { code, kept: existsSync(join(project.directory, place)) };
        };
        for (const [what, fault] of faults) {
          for (const [way, rc] of Object.entries(ways)) {
            const seen = { struck: 0, isGone: false };
            relay.before = ({ method, path }) => {
              if (seen.isGone) throw new Error('gone');
              if (method !== 'GET' || !path.endsWith(blob)) return undefined;
              seen.struck += 1;
              const answer = fault(zip);
              seen.isGone = answer === undefined || answer.breaksOff === true;
              if (answer === undefined) throw new Error('gone');
              return answer;
            };
            const name = `${what} ${way}`.replaceAll(' ', '-');
            const result = await install(name, rc);
            expect([what, way, result]).toEqual([what, way, { code: 1, kept: false }]);
            expect([what, way, seen.struck > 0]).toEqual([what, way, true]);
            // Nor are there bytes that only a client's own checksum would tell from the package.
            expect([what, await isDelivered(world.http, host)]).toEqual([what, false]);
            relay.before = undefined;
            // What could not be read is read again after two seconds.
            if (seen.isGone) await delay(2100);
          }
        }
        expect(await isDelivered(world.http, host)).toBe(true);
        for (const [way, rc] of Object.entries(ways)) {
          expect([way, await install(way, rc)]).toEqual([way, { code: 0, kept: true }]);
        }
      },
    );
  },
);
