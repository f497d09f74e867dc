import { describe, expect, it, onTestFinished } from 'vitest';
import { startDockerRegistry, whyNoDockerRegistry } from '../support/docker-registry.ts';
import { findPeer } from '../support/peers.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { runOurs, titled } from './peer-commands.ts';

const missing = whyNoDockerRegistry();

describe.skipIf(missing !== undefined)(titled('doctor', findPeer('docker-registry')), () => {
  const probe = 'tf/registry.opentofu.org/tofu-oci/doctor';

  async function tagsLeft(host: string): Promise<readonly string[]> {
    const listed = await fetch(`http://${host}/v2/${probe}/tags/list`);
    const { tags } = (await listed.json()) as { readonly tags?: readonly string[] | null };
    return [...(tags ?? [])].sort();
  }

  it('takes away from docker-registry what it has pushed', async () => {
    const registry = await startDockerRegistry();
    onTestFinished(() => registry.stop());
    const location = `${registry.host}/tf/{hostname}/{namespace}/{type}`;
    const { stdout } = await runOurs(['doctor', location, '--write'], { cwd: await tempFolder() });
    expect(stdout).toContain('it deletes what was pushed');
    expect(await tagsLeft(registry.host)).toEqual([]);
  });

  it('explains what docker-registry can and can not do, and names what it leaves', async () => {
    const registry = await startDockerRegistry({ deletes: false });
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
    expect(stdout).toContain('the registry does not delete');
    const named = stdout.match(/tofu-oci-doctor-[0-9a-f]{12}|sha256-[0-9a-f]{64}/gu) ?? [];
    expect(named.sort()).toEqual(await tagsLeft(registry.host));
  });
});
