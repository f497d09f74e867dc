import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPeer, findTofus } from '../support/peers.ts';
import { runCli } from '../support/run-cli.ts';
import { homeOf, hostBlocks, makeProject, mirrorBlock } from './gateway-project.ts';
import { startGatewayWorld } from './gateway-world.ts';

/** A release of hashicorp/null, built from its source: zips and SHA256SUMS. */
const dist = process.env.TOFU_OCI_TEST_PROVIDER_DIST;
const terraform = findPeer('terraform', 'TERRAFORM_BIN');
const programs = [...(terraform.path === undefined ? [] : [terraform.path]), ...findTofus()];
const why =
  dist === undefined
    ? 'TOFU_OCI_TEST_PROVIDER_DIST names no folder with a release of hashicorp/null'
    : programs.length === 0
      ? terraform.reason
      : undefined;

const configuration = `terraform {
  required_providers {
    null = {
      source = "hashicorp/null"
    }
  }
}

resource "null_resource" "this" {
  triggers = { made = "offline" }
}
`;

describe.skipIf(why !== undefined)(
  `the real null provider${why === undefined ? '' : ` (${why})`}`,
  { timeout: 120_000 },
  () => {
    it.each(programs.map((program) => [basename(program), program] as const))(
      'is installed from a gateway by %s, and applied',
      async (_, program) => {
        const world = await startGatewayWorld('serve');
        const storage = join(world.folder, 'registry');
        const address = `${homeOf(program)}/hashicorp/null`;
        const to = `${storage}/{hostname}/{namespace}/{type}`;
        const pushed = await runCli(['push', address, dist ?? '', '--to', to], {
          cwd: world.folder,
        });
        expect([pushed.code, pushed.stderr.match(/Error.*/u)]).toEqual([0, null]);
        const ways = { direct: hostBlocks(world), mirror: mirrorBlock(world) };
        for (const [name, rc] of Object.entries(ways)) {
          const project = await makeProject(world, program, { name, main: configuration, rc });
          const { code, said } = await project.init();
          expect([name, code, said.match(/Error.*/u)]).toEqual([name, 0, null]);
          // Its release is not signed, so the gateway's own key is shown, where one is.
          expect([name, said.includes(`signed, key ID ${world.gateway}`)]).toEqual([
            name,
            name === 'direct',
          ]);
          const applied = await project.run('apply', '-auto-approve', '-no-color');
          expect(applied.stdout).toContain('Apply complete! Resources: 1 added');
        }
      },
    );
  },
);
