import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  bytesSource,
  type ManifestContent,
  manifestSource,
  type TargetRepository,
} from '../../src/content/index.ts';
import { createHttpClient } from '../../src/http/index.ts';
import { anonymousCredentials, createRegistryClient } from '../../src/oci/index.ts';
import { digestOf, emptyBlob, emptyDescriptor, mediaTypes } from '../../src/spec/index.ts';
import {
  type DockerRegistry,
  startDockerRegistry,
  whyNoDockerRegistry,
} from '../support/docker-registry.ts';

const missing = whyNoDockerRegistry();

if (missing !== undefined) {
  it.skip(`referrers in docker-registry (${missing})`, () => undefined);
} else {
  describe('referrers in docker-registry, which has no API for them', () => {
    let registry: DockerRegistry;
    const clients = Array.from({ length: 4 }, () => createHttpClient());
    beforeAll(async () => {
      registry = await startDockerRegistry();
    });
    afterAll(async () => {
      for (const http of clients) http.close();
      await registry.stop();
    });

    it('are all listed when several writers add theirs at once', async () => {
      const name = { registry: registry.host, path: 'race/referrers' };
      const repositories = clients.map((http) =>
        createRegistryClient({ http, credentials: anonymousCredentials }).repository(name),
      );
      const first = repositories[0] as TargetRepository;
      await first.push(bytesSource(emptyBlob(), mediaTypes.empty));
      const subject = manifest({ manifests: [] }, mediaTypes.index);
      await first.push(manifestSource(subject));
      const referrers = repositories.map((_, writer) =>
        manifest({
          artifactType: 'application/vnd.example.evidence',
          config: emptyDescriptor,
          layers: [emptyDescriptor],
          subject: subject.descriptor,
          annotations: { writer: String(writer) },
        }),
      );
      await Promise.all(
        repositories.map((repository, writer) =>
          repository.push(manifestSource(referrers[writer] as ManifestContent)),
        ),
      );
      const listed: string[] = [];
      for await (const { digest } of first.referrers(subject.descriptor)) listed.push(digest);
      expect(listed.sort()).toEqual(referrers.map(({ descriptor }) => descriptor.digest).sort());
    });
  });
}

function manifest(document: object, mediaType: string = mediaTypes.manifest): ManifestContent {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...document }));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}
