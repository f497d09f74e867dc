import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesSource, type Remover, type TargetRepository } from '../../src/content/index.ts';
import { createHttpClient, type HttpClient } from '../../src/http/index.ts';
import { createRegistryClient, type Credentials } from '../../src/oci/index.ts';
import { emptyBlob, emptyDescriptor, mediaTypes } from '../../src/spec/index.ts';
import {
  type DockerRegistry,
  startDockerRegistry,
  whyNoDockerRegistry,
} from '../support/docker-registry.ts';
import { failureOf } from '../support/http-client.ts';
import { makeTokenKey } from '../support/token-key.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';

const missing = whyNoDockerRegistry();
const service = 'registry.test';
const ann: Credentials = { kind: 'basic', username: 'ann', password: 'a:b c' };
const reader: Credentials = { kind: 'basic', username: 'reader', password: 'r' };
const layer = bytesSource(Buffer.alloc(50_000, 'provider'), 'archive/zip');
const manifest = bytesSource(
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { ...emptyDescriptor },
      layers: [layer.descriptor],
    }),
  ),
  mediaTypes.manifest,
);

if (missing !== undefined) {
  it.skip(`docker-registry that takes tokens (${missing})`, () => undefined);
} else {
  describe("Debian's docker-registry, with a token server", () => {
    let registry: DockerRegistry;
    let tokens: TokenServer;
    let http: HttpClient;
    beforeAll(async () => {
      const key = await makeTokenKey();
      tokens = await startTokenServer({
        service,
        key,
        users: { ann: 'a:b c', reader: 'r' },
        grant: (user, { actions }) =>
          user === 'ann' ? actions : actions.filter((one) => one === 'pull' && user !== undefined),
      });
      const { issuer, realm } = tokens;
      const { certificate } = key;
      registry = await startDockerRegistry({ tokens: { realm, service, issuer, certificate } });
      http = createHttpClient();
    });
    afterAll(async () => {
      http.close();
      await registry.stop();
      await tokens.close();
    });

    /** By clients that know nothing of each other. */
    function open(path: string, credentials: Credentials): TargetRepository & Remover {
      const client = createRegistryClient({
        http,
        plainHttpHosts: [registry.host],
        credentials: { credentialsFor: () => Promise.resolve(credentials) },
      });
      return client.repository({ registry: registry.host, path });
    }

    async function push(to: TargetRepository): Promise<void> {
      await to.push(bytesSource(emptyBlob(), mediaTypes.empty));
      await to.push(layer);
      await to.push(manifest);
      await to.tag({ ...(await to.readManifest(manifest.descriptor.digest)) }, '1.0.0');
    }

    it('takes what is pushed with a token, and gives it back with another', async () => {
      const before = tokens.requests.length;
      await push(open('acme/one', ann));
      const scopes = tokens.requests.slice(before).map(({ scopes: asked }) => asked.join(' '));
      expect(scopes).toEqual(['repository:acme/one:pull', 'repository:acme/one:pull,push']);
      const repository = open('acme/one', reader);
      const { descriptor } = await repository.readManifest('1.0.0');
      expect(descriptor.digest).toBe(manifest.descriptor.digest);
      expect((await buffer(await repository.fetch(layer.descriptor))).byteLength).toBe(50_000);
      const tags: string[] = [];
      for await (const tag of repository.tags()) tags.push(tag);
      expect(tags).toEqual(['1.0.0']);
    });

    it('mounts by one token for both repositories', async () => {
      await push(open('acme/source', ann));
      const before = tokens.requests.length;
      const mountFrom = { registry: registry.host, path: 'acme/source' };
      expect(await open('acme/target', ann).push({ ...layer, mountFrom })).toBe('mounted');
      expect(tokens.requests.slice(before).map(({ scopes }) => scopes)).toEqual([
        ['repository:acme/source:pull', 'repository:acme/target:pull,push'],
      ]);
    });

    it('refuses a push of somebody who may only read, and it is said so', async () => {
      const before = tokens.requests.length;
      const error = await failureOf(open('acme/mine', reader).push(layer));
      expect(error).toMatchObject({ code: 'ERR_OCI_DENIED', category: 'auth' });
      expect(String(error)).toContain(
        'the token server grants the right to pull acme/mine, not to push',
      );
      expect(tokens.requests.slice(before)).toHaveLength(2);
    });

    it('refuses strangers, who are told to log in', async () => {
      const stranger = { kind: 'anonymous' } as const;
      const error = await failureOf(open('acme/one', stranger).readManifest('1.0.0'));
      expect(error).toMatchObject({ code: 'ERR_OCI_UNAUTHORIZED' });
      expect(String(error)).toContain('the token server grants no right to pull acme/one');
      expect(error).toHaveProperty(
        'hint',
        expect.stringContaining(`tofu-oci login ${registry.host}`),
      );
    });

    it('knows wrong passwords by its token server', async () => {
      const wrong: Credentials = { kind: 'basic', username: 'ann', password: 'wrong' };
      const error = await failureOf(open('acme/one', wrong).readManifest('1.0.0'));
      expect(error).toMatchObject({ code: 'ERR_OCI_UNAUTHORIZED' });
      expect(String(error)).toContain(`answered 401 to GET ${tokens.realm}`);
      expect(String(error)).not.toContain('wrong');
    });
  });
}
