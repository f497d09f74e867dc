import { readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { digestOf, digestParts, mediaTypes, parseDigest } from '../../src/spec/index.ts';
import {
  type DockerRegistry,
  startDockerRegistry,
  whyNoDockerRegistry,
} from '../support/docker-registry.ts';
import { send, type TestAnswer } from '../support/http-request.ts';
import { findTofus } from '../support/peers.ts';
import { makeReleaseFolder, type ReleaseFolder } from '../support/release-folder.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { makeTestCertificate } from '../support/test-certificate.ts';
import {
  hostPlatform,
  isMissing,
  oras,
  push,
  type PushedSummary,
  runOurs,
  runPeer,
  skopeo,
  titled,
  writeProject,
  writeTofurc,
} from './peer-commands.ts';

const missing = whyNoDockerRegistry();
const tofus = findTofus();
const address = 'registry.opentofu.org/acme/thing';
const platforms = [...new Set(['darwin_arm64', hostPlatform, 'windows_amd64'])];

interface Entry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

interface Manifest {
  readonly artifactType?: string;
  readonly subject?: Entry;
  readonly config: Entry;
  readonly manifests: readonly (Entry & {
    readonly artifactType?: string;
    readonly platform: { readonly os: string; readonly architecture: string };
  })[];
  readonly layers: readonly (Entry & { readonly annotations: Readonly<Record<string, string>> })[];
}

const jsonOf = ({ body }: { readonly body: Buffer }): Manifest =>
  JSON.parse(body.toString()) as Manifest;

if (missing !== undefined) {
  it.skip(`push to docker-registry (${missing})`, () => undefined);
} else {
  describe("push to Debian's docker-registry", () => {
    let registry: DockerRegistry;
    let count = 0;
    beforeAll(async () => {
      registry = await startDockerRegistry();
    });
    afterAll(() => registry.stop());

    /** A place in the registry that nobody else uses. */
    function freshPlace() {
      count += 1;
      const prefix = `round-${String(count)}`;
      const repository = `${prefix}/${address}`;
      const get = async (path: string, accept?: string): Promise<TestAnswer> => {
        const headers: Record<string, string> = accept === undefined ? {} : { Accept: accept };
        return await send('GET', `http://${registry.host}`, `/v2/${repository}/${path}`, {
          headers,
        });
      };
      return {
        location: `${registry.host}/${prefix}/{hostname}/{namespace}/{type}`,
        reference: `${registry.host}/${repository}:1.2.3`,
        get,
      };
    }

    async function makeRelease(folder: string, wanted = platforms): Promise<ReleaseFolder> {
      return await makeReleaseFolder(folder, {
        type: 'thing',
        version: '1.2.3',
        platforms: wanted,
      });
    }

    interface Published extends ReturnType<typeof freshPlace> {
      readonly folder: string;
      readonly release: ReleaseFolder;
      readonly summary: PushedSummary;
    }

    async function publish(): Promise<Published> {
      const folder = await tempFolder();
      const release = await makeRelease(join(folder, 'dist'));
      const place = freshPlace();
      const summary = await push([address, 'dist', '--to', place.location], { cwd: folder });
      expect(summary).toMatchObject({ action: 'published', tag: '1.2.3', evidence: 'attached' });
      return { folder, release, summary, ...place };
    }

    it('gives everything back with the digests it was pushed with', async () => {
      const { get, release, summary } = await publish();
      const index = await get('manifests/1.2.3', mediaTypes.index);
      expect(index.status).toBe(200);
      expect(digestOf(index.body)).toBe(summary.digest);
      expect(index.headers['docker-content-digest']).toBe(summary.digest);
      const { artifactType, manifests } = jsonOf(index);
      expect(artifactType).toBe('application/vnd.opentofu.provider');
      expect(manifests.map(({ platform }) => `${platform.os}_${platform.architecture}`)).toEqual(
        [...platforms].sort(),
      );
      for (const entry of manifests) {
        const target = await get(`manifests/${entry.digest}`, entry.mediaType);
        expect(digestOf(target.body)).toBe(entry.digest);
        expect(target.body).toHaveLength(entry.size);
        const manifest = jsonOf(target);
        expect(manifest.artifactType).toBe('application/vnd.opentofu.provider-target');
        const config = await get(`blobs/${manifest.config.digest}`);
        expect(config.body.toString()).toBe('{}');
        const [layer] = manifest.layers;
        const platform = `${entry.platform.os}_${entry.platform.architecture}`;
        expect(layer?.digest).toBe(`sha256:${release.hashes.get(platform) ?? ''}`);
        const zip = await get(`blobs/${layer?.digest ?? ''}`);
        expect(zip.body.equals(await readFile(release.pathOf(platform)))).toBe(true);
      }
    });

    it('hides the index from who does not ask for one by its type', async () => {
      const { get } = await publish();
      expect((await get('manifests/1.2.3')).status).toBe(404);
      expect((await get('manifests/1.2.3', mediaTypes.manifest)).status).toBe(404);
    });

    it('has the evidence under the fallback tag, as it has no referrers API', async () => {
      const { get, release, summary } = await publish();
      expect((await get(`referrers/${summary.digest}`)).status).toBe(404);
      const { hex } = digestParts(parseDigest(summary.digest));
      const fallback = await get(`manifests/sha256-${hex}`, mediaTypes.index);
      const [entry, ...others] = jsonOf(fallback).manifests;
      expect(others).toEqual([]);
      expect(entry?.artifactType).toBe('application/vnd.tofu-oci.provider-evidence.v1');
      const evidence = await get(`manifests/${entry?.digest ?? ''}`, mediaTypes.manifest);
      expect(digestOf(evidence.body)).toBe(entry?.digest);
      const { subject, layers } = jsonOf(evidence);
      expect(subject?.digest).toBe(summary.digest);
      const title = 'org.opencontainers.image.title';
      const sums = layers.find(({ annotations }) => annotations[title] === 'SHA256SUMS');
      const { body } = await get(`blobs/${sums?.digest ?? ''}`);
      const name = 'terraform-provider-thing_1.2.3_SHA256SUMS';
      expect(body.equals(await readFile(join(release.folder, name)))).toBe(true);
    });

    it('is asked for nothing but what it has by the second push', async () => {
      const { folder, location, summary } = await publish();
      const args = ['push', address, 'dist', '--to', location, '--json', '--debug'];
      const { stdout, stderr } = await runOurs(args, { cwd: folder });
      expect(stdout).toContain(`"digest":"${summary.digest}","action":"present"`);
      const methods = [...stderr.matchAll(/^([A-Z]+) https?:\/\/\S+ -> /gmu)].map(([, one]) => one);
      expect(methods.length).toBeGreaterThan(0);
      expect(methods.filter((method) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
    });

    it('gets the same digest for the same release from another folder', async () => {
      const { folder, summary } = await publish();
      const other = await makeRelease(join(folder, 'elsewhere', 'build'));
      for (const platform of platforms) {
        await utimes(other.pathOf(platform), new Date(0), new Date(0));
      }
      const { location } = freshPlace();
      const again = await push([address, other.folder, '--to', location], { cwd: folder });
      expect(again).toMatchObject({ action: 'published', digest: summary.digest });
    });

    it('loses no platform when two push at once, five times over', async () => {
      const folder = await tempFolder();
      const mac = await makeRelease(join(folder, 'mac'), ['darwin_arm64']);
      const windows = await makeRelease(join(folder, 'windows'), ['windows_amd64']);
      for (let round = 1; round <= 5; round++) {
        const { get, location } = freshPlace();
        const summaries = await Promise.all(
          [mac, windows].map((one) =>
            push([address, one.folder, '--to', location], { cwd: folder }),
          ),
        );
        expect(summaries.map(({ action }) => action)).toEqual(['published', 'published']);
        const index = await get('manifests/1.2.3', mediaTypes.index);
        expect(jsonOf(index).manifests.map(({ platform }) => platform.os)).toEqual([
          'darwin',
          'windows',
        ]);
        const { hex } = digestParts(digestOf(index.body));
        const evidence = await get(`manifests/sha256-${hex}`, mediaTypes.index);
        expect(jsonOf(evidence).manifests).toHaveLength(2);
      }
    });

    it('is installed from by tofu-oci init', async () => {
      const { folder, location, release } = await publish();
      const project = await writeProject(join(folder, 'project'), {
        source: 'acme/thing',
        version: '~> 1.2',
      });
      const { stdout } = await runOurs(['init', '--from', location], { cwd: project });
      expect(stdout).toContain('- Installed acme/thing v1.2.3 (verified checksum)');
      const lock = await readFile(join(project, '.terraform.lock.hcl'), 'utf8');
      expect(lock).toContain(`"zh:${release.hashes.get(hostPlatform) ?? ''}"`);
    });

    it.skipIf(tofus.length === 0)(
      `is installed from by OpenTofu over TLS${tofus.length === 0 ? ' (skipped: none is on PATH nor named by TOFU_BIN)' : ''}`,
      async () => {
        const folder = await tempFolder();
        const tls = await makeTestCertificate();
        const guarded = await startDockerRegistry({ tls });
        onTestFinished(() => guarded.stop());
        const caFile = join(folder, 'ca.crt');
        await writeFile(caFile, tls.ca);
        await makeRelease(join(folder, 'dist'));
        const location = `${guarded.host}/tf/{hostname}/{namespace}/{type}`;
        const args = [address, 'dist', '--to', location, '--ca-file', caFile];
        await push(args, { cwd: folder });
        const config = await writeTofurc(join(folder, 'tofurc'), guarded.host);
        const env = { TF_CLI_CONFIG_FILE: config, SSL_CERT_FILE: caFile };
        const require = { source: 'acme/thing', version: '~> 1.2' };
        const ours = await writeProject(join(folder, 'ours'), require);
        await runOurs(['init'], { cwd: ours, env });
        const lock = await readFile(join(ours, '.terraform.lock.hcl'), 'utf8');
        for (const [at, path] of tofus.entries()) {
          const project = await writeProject(join(folder, `theirs-${String(at)}`), require);
          const said = await runPeer({ path }, ['init', '-no-color'], { cwd: project, env });
          expect(said).toContain('- Installed acme/thing v1.2.3 (verified checksum)');
          expect(await readFile(join(project, '.terraform.lock.hcl'), 'utf8')).toBe(lock);
        }
      },
    );

    it.skipIf(isMissing(skopeo))(titled('gives skopeo the same bytes', skopeo), async () => {
      const { folder, reference, summary } = await publish();
      const args = ['inspect', '--raw', '--tls-verify=false', `docker://${reference}`];
      const raw = await runPeer(skopeo, args, { cwd: folder });
      expect(digestOf(Buffer.from(raw))).toBe(summary.digest);
    });

    it.skipIf(isMissing(oras))(
      titled('is read by ORAS: manifest, evidence and package', oras),
      async () => {
        const { folder, reference, release, summary } = await publish();
        const ask = (...args: readonly string[]): Promise<string> =>
          runPeer(oras, [...args, '--plain-http'], { cwd: folder });
        const raw = await ask('manifest', 'fetch', reference);
        expect(digestOf(Buffer.from(raw))).toBe(summary.digest);
        const found = JSON.parse(await ask('discover', '--format', 'json', reference)) as {
          readonly referrers: readonly { readonly artifactType: string }[];
        };
        expect(found.referrers.map(({ artifactType }) => artifactType)).toEqual([
          'application/vnd.tofu-oci.provider-evidence.v1',
        ]);
        await ask('pull', '--platform', 'windows/amd64', '--output', 'pulled', reference);
        const name = 'terraform-provider-thing_1.2.3_windows_amd64.zip';
        const pulled = await readFile(join(folder, 'pulled', name));
        expect(pulled.equals(await readFile(release.pathOf('windows_amd64')))).toBe(true);
      },
    );
  });
}
