import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  address,
  filesIn,
  locationAt,
  makeProject,
  type PublishedRegistry,
  repositoryPath,
  requiring,
  startPublishedRegistry,
  version,
} from '../support/published-registry.ts';
import { runCli, startServe } from '../support/run-cli.ts';
import { fill, smallDisk, whyNoSmallDisk } from '../support/small-disk.ts';

const reason = whyNoSmallDisk();
const title = reason === undefined ? 'a full disk' : `a full disk (skipped: ${reason})`;

describe.skipIf(reason !== undefined)(title, () => {
  let published: PublishedRegistry;
  beforeAll(async () => {
    published = await startPublishedRegistry({ binary: randomBytes(1_200_000) });
  });
  afterAll(() => published.close());

  const noSpace = /no space left on device/u;
  const advice = 'Free some space and run the same command again';

  it('stops init before anything of the package can be seen', async () => {
    const disk = smallDisk(2);
    const data = join(disk, 'data');
    const ballast = await fill(disk, 600);
    const project = await makeProject();
    const init = () =>
      runCli(['init', '--from', locationAt(published.host)], {
        cwd: project,
        env: { TF_DATA_DIR: data },
      });
    const failed = await init();
    expect(failed.stderr).toMatch(noSpace);
    expect(failed.stderr).toContain(advice);
    expect(failed.code).toBe(1);
    expect(await filesIn(project)).toEqual(['main.tf']);
    expect(await filesIn(disk)).toEqual(['ballast', 'data']);

    await rm(ballast);
    expect(await init()).toMatchObject({ code: 0 });
    expect(await readdir(join(data, 'providers'))).toEqual(['example.com']);
  });

  it('keeps a lock file that can not be replaced', async () => {
    const disk = smallDisk(1);
    const project = join(disk, 'project');
    await mkdir(project);
    await writeFile(join(project, 'main.tf'), requiring(address, version));
    const lockFile = join(project, '.terraform.lock.hcl');
    const old = `# ${'x'.repeat(5000)}\n`;
    await writeFile(lockFile, old);
    const data = join(await makeProject(), '.terraform');
    const ballast = await fill(disk, 0);
    const init = () =>
      runCli(['init', '--from', locationAt(published.host)], {
        cwd: project,
        env: { TF_DATA_DIR: data },
      });
    const failed = await init();
    expect(failed.stderr).toMatch(noSpace);
    expect(failed.stderr).toContain('.terraform.lock.hcl');
    expect(failed.code).toBe(1);
    expect(await readFile(lockFile, 'utf8')).toBe(old);
    expect(await readdir(project)).toEqual(['.terraform.lock.hcl', 'main.tf']);

    await rm(ballast);
    expect(await init()).toMatchObject({ code: 0 });
    expect(await readFile(lockFile, 'utf8')).toContain(`version     = "${version}"`);
  });

  it('stops push into a layout folder, which stays sound', async () => {
    const disk = smallDisk(6);
    const ballast = await fill(disk, 1400);
    const location = `oci-layout:${disk}/layouts/{hostname}/{namespace}/{type}`;
    const push = () => runCli(['push', address, published.release.folder, '--to', location]);
    const failed = await push();
    expect(failed.stderr).toMatch(noSpace);
    expect(failed.stderr).toContain(advice);
    expect(failed.code).toBe(1);
    expect(failed.stdout).toBe('');

    await rm(ballast);
    expect(await push()).toMatchObject({ code: 0 });
    const layout = JSON.parse(
      await readFile(join(disk, 'layouts', address, 'index.json'), 'utf8'),
    ) as { manifests: { annotations?: Record<string, string> }[] };
    const tags = layout.manifests.map(
      (one) => one.annotations?.['org.opencontainers.image.ref.name'],
    );
    expect(tags).toContain(version);
  });

  it('stops push to a server, which goes on serving and takes it later', async () => {
    const disk = smallDisk(6);
    const ballast = await fill(disk, 1400);
    const server = await startServe([join(disk, 'registry'), '--listen', '127.0.0.1:0'], {
      cwd: disk,
    });
    const host = server.hosts[0] ?? '';
    const push = () =>
      runCli(['push', address, published.release.folder, '--to', locationAt(host)]);
    const failed = await push();
    expect(failed.stderr).toContain('answered 507 to PUT');
    expect(failed.stderr).toContain('no space left on the server');
    expect(failed.code).toBe(6);
    const tag = await fetch(`http://${host}${repositoryPath()}/manifests/${version}`);
    expect(tag.status).toBe(404);

    await rm(ballast);
    expect(await push()).toMatchObject({ code: 0 });
  });
});
