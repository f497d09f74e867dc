import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { digestOf, mediaTypes } from '../../src/spec/index.ts';
import { startDockerRegistry, whyNoDockerRegistry } from '../support/docker-registry.ts';
import { send } from '../support/http-request.ts';
import { makeReleaseFolder } from '../support/release-folder.ts';
import { runCli, startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import {
  hostPlatform,
  isMissing,
  push,
  type PushedSummary,
  runOurs,
  runPeer,
  skopeo,
  titled,
  unwrapped,
  writeProject,
} from './peer-commands.ts';

const address = 'registry.opentofu.org/acme/thing';
const platforms = [...new Set(['darwin_arm64', hostPlatform])];
const noDocker = whyNoDockerRegistry();

interface Index {
  artifactType?: string;
  readonly manifests: { artifactType?: string; readonly digest: string }[];
}

interface Published {
  readonly folder: string;
  readonly project: string;
  readonly host: string;
  readonly location: string;
  readonly summary: PushedSummary;
}

async function publish(host: string): Promise<Published> {
  const folder = await tempFolder();
  await makeReleaseFolder(join(folder, 'dist'), { type: 'thing', version: '1.2.3', platforms });
  const location = `${host}/tf/{hostname}/{namespace}/{type}`;
  const summary = await push([address, 'dist', '--to', location], { cwd: folder });
  const project = await writeProject(join(folder, 'project'), {
    source: 'acme/thing',
    version: '1.2.3',
  });
  return { folder, project, host, location, summary };
}

async function serve(): Promise<string> {
  const folder = await tempFolder();
  const args = [join(folder, 'registry'), '--listen', '127.0.0.1:0'];
  const { hosts } = await startServe(args, { cwd: folder });
  return hosts[0] ?? '';
}

async function readIndex(host: string, repository: string): Promise<Buffer> {
  const path = `/v2/${repository}/manifests/1.2.3`;
  const headers = { Accept: mediaTypes.index };
  const { body, status } = await send('GET', `http://${host}`, path, { headers });
  expect(status).toBe(200);
  return body;
}

/** Overwrites the published index with what skopeo 1.9 makes of one. */
async function loseTypes(host: string): Promise<void> {
  const index = JSON.parse((await readIndex(host, `tf/${address}`)).toString()) as Index;
  for (const one of [index, ...index.manifests]) delete one.artifactType;
  const { status } = await send('PUT', `http://${host}`, `/v2/tf/${address}/manifests/1.2.3`, {
    headers: { 'Content-Type': mediaTypes.index },
    body: JSON.stringify(index),
  });
  expect(status).toBe(201);
}

/** What both commands say, and how the hint's own advice mends it. */
async function expectExplainedAndMended(
  { folder, project, summary }: Published,
  location: string,
): Promise<void> {
  const init = ['init', '--from', location];
  const again = ['push', address, 'dist', '--to', location];
  const refusals = [
    await runCli(init, { cwd: project }),
    await runCli(again, { cwd: folder }),
    await runCli([...again, '--replace'], { cwd: folder }),
  ];
  for (const refused of refusals) {
    expect(refused.code).toBe(5);
    const said = unwrapped(refused);
    expect(said).toContain(
      'the index has no artifactType although its manifests are provider packages: it was lost when the artifact was copied',
    );
    expect(said).toContain('skopeo 1.9 "copy --all" drops it');
    expect(said).toContain('tofu-oci push --adopt');
  }
  const mended = await push([...again.slice(1), '--adopt'], { cwd: folder });
  expect(mended).toMatchObject({ action: 'published', digest: summary.digest });
  const { stdout } = await runOurs(init, { cwd: project });
  expect(stdout).toContain('- Installed acme/thing v1.2.3 (verified checksum)');
}

describe('an index that lost its artifactType', () => {
  it('is recognised and explained by init and push, and mended by push --adopt', async () => {
    const published = await publish(await serve());
    await loseTypes(published.host);
    await expectExplainedAndMended(published, published.location);
  });

  it('keeps other bytes out all the same', async () => {
    const { folder, host, location } = await publish(await serve());
    await loseTypes(host);
    await makeReleaseFolder(join(folder, 'other'), {
      type: 'thing',
      version: '1.2.3',
      platforms,
      salt: 'other',
    });
    const args = ['push', address, 'other', '--to', location, '--adopt'];
    const refused = await runCli(args, { cwd: folder });
    expect(refused.code).toBe(7);
    expect(refused.stderr).toMatch(/published package for \S+ is zh:/u);
  });

  it('is not confused with an index that never was a release', async () => {
    const { host, location, project } = await publish(await serve());
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.index,
      manifests: [],
    });
    await send('PUT', `http://${host}`, `/v2/tf/${address}/manifests/1.2.3`, {
      headers: { 'Content-Type': mediaTypes.index },
      body,
    });
    const refused = await runCli(['init', '--from', location], { cwd: project });
    expect(refused.code).toBe(5);
    const said = unwrapped(refused);
    expect(said).toContain('unexpected artifact type ""');
    expect(said).not.toContain('lost');
  });

  describe.each([
    { name: 'our server', why: undefined, start: serve },
    {
      name: 'docker-registry',
      why: noDocker,
      start: async (): Promise<string> => {
        const registry = await startDockerRegistry();
        onTestFinished(() => registry.stop());
        return registry.host;
      },
    },
  ])('in a copy by skopeo 1.9 within $name', ({ start, why }) => {
    const reason = why === undefined ? '' : ` (skipped: ${why})`;
    it.skipIf(isMissing(skopeo) || why !== undefined)(
      `${titled('is recognised, explained and mended', skopeo)}${reason}`,
      async ({ skip }) => {
        const published = await publish(await start());
        const { folder, host, summary } = published;
        const [from, to] = [`tf/${address}`, `copied/${address}`];
        const insecure = ['--src-tls-verify=false', '--dest-tls-verify=false'];
        const copy = ['--insecure-policy', 'copy', '--all', ...insecure];
        const images = [`docker://${host}/${from}:1.2.3`, `docker://${host}/${to}:1.2.3`];
        await runPeer(skopeo, [...copy, ...images], { cwd: folder });
        const bytes = await readIndex(host, to);
        const version = await runPeer(skopeo, ['--version'], { cwd: folder });
        skip(digestOf(bytes) === summary.digest, `${version.trim()} keeps the artifactType`);
        expect(bytes.toString()).not.toContain('artifactType');
        await expectExplainedAndMended(published, `${host}/copied/{hostname}/{namespace}/{type}`);
      },
    );
  });
});
