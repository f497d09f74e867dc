import { describe, expect, it, onTestFinished } from 'vitest';
import { startDockerRegistry, whyNoDockerRegistry } from '../support/docker-registry.ts';
import { findPeer } from '../support/peers.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { runOurs, titled } from './peer-commands.ts';

const missing = whyNoDockerRegistry();

describe.skipIf(missing !== undefined)(titled('doctor', findPeer('docker-registry')), () => {
  it('explains what docker-registry can and can not do, and names what it leaves', async () => {
    const registry = await startDockerRegistry();
    onTestFinished(() => registry.stop());
    const location = `${registry.host}/tf/{hostname}/{namespace}/{type}`;
    const cwd = await tempFolder();
    const { stdout } = await runOurs(['doctor', location, '--write'], { cwd });
    expect(stdout).toMatch(/^warning {2}connection: .* by plain HTTP, which OpenTofu does not/mu);
    expect(stdout).toContain('ok       connection: GET /v2/ is open to everybody');
    expect(stdout).toContain('it takes manifests and indexes of the types of providers');
    expect(stdout).toContain('what was pushed comes back as it was');
    expect(stdout).toContain('older than OCI Distribution 1.1');
    expect(stdout).toContain('the index has one referrer');
    expect(stdout).toContain('no problems');
    const probe = 'tf/registry.opentofu.org/tofu-oci/doctor';
    const listed = await fetch(`http://${registry.host}/v2/${probe}/tags/list`);
    const { tags } = (await listed.json()) as { readonly tags?: readonly string[] | null };
    const named = stdout.match(/tofu-oci-doctor-[0-9a-f]{12}|sha256-[0-9a-f]{64}/gu) ?? [];
    expect(named.sort()).toEqual([...(tags ?? [])].sort());
  });
});
