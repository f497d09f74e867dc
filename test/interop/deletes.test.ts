import { describe, expect, it, onTestFinished } from 'vitest';
import {
  bytesSource,
  type ManifestContent,
  manifestSource,
  type Remover,
  type TargetRepository,
} from '../../src/content/index.ts';
import { createHttpClient } from '../../src/http/index.ts';
import { anonymousCredentials, createRegistryClient } from '../../src/oci/index.ts';
import {
  type DigestAlgorithm,
  digestOf,
  emptyBlob,
  emptyDescriptor,
  mediaTypes,
} from '../../src/spec/index.ts';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { failureOf } from '../support/http-client.ts';
import { findPeer } from '../support/peers.ts';
import { startRegistry } from '../support/running-registry.ts';
import { temporaryStorage } from '../support/temporary-storage.ts';
import { startZot, zot } from '../support/zot.ts';
import { titled } from './peer-commands.ts';

type Repository = TargetRepository & Remover;

const dockerRegistry = findPeer('docker-registry');

const kinds = [
  {
    peers: [],
    name: 'our registry',
    deletesTags: true,
    takesSha512: true,
    start: async () => {
      const registry = await startRegistry(await temporaryStorage());
      return { host: new URL(registry.url).host, stop: () => registry.close() };
    },
  },
  {
    peers: [dockerRegistry],
    name: 'docker-registry',
    deletesTags: false,
    takesSha512: false,
    start: () => startDockerRegistry(),
  },
  { peers: [zot], name: 'zot', deletesTags: true, takesSha512: true, start: () => startZot() },
];

for (const { deletesTags, name, peers, start, takesSha512 } of kinds) {
  const isMissing = peers.some(({ path }) => path === undefined);
  describe.skipIf(isMissing)(titled(`removing and moving in ${name}`, ...peers), () => {
    async function open(): Promise<Repository> {
      const registry = await start();
      const http = createHttpClient();
      onTestFinished(async () => {
        http.close();
        await registry.stop();
      });
      const client = createRegistryClient({ http, credentials: anonymousCredentials });
      const repository = client.repository({ registry: registry.host, path: 'acme/thing' });
      await repository.push(bytesSource(emptyBlob(), mediaTypes.empty));
      return repository;
    }

    it('deletes a manifest with its tags', async () => {
      const repository = await open();
      const one = manifest('one');
      await repository.tag(one, '1.0.0');
      await repository.deleteManifest(one.descriptor.digest);
      expect(await repository.exists(one.descriptor)).toBe(false);
      expect(await codeOf(repository.resolve('1.0.0'))).toBe('ERR_CONTENT_NOT_FOUND');
      expect(await codeOf(repository.deleteManifest(one.descriptor.digest))).toBe(
        'ERR_CONTENT_NOT_FOUND',
      );
    });

    it('takes a deleted referrer off the list of its subject', async () => {
      const repository = await open();
      const subject = manifest('subject');
      await repository.tag(subject, '1.0.0');
      const [kept, gone] = [manifest('kept', subject), manifest('gone', subject)];
      for (const each of [kept, gone]) await repository.push(manifestSource(each));
      await repository.deleteManifest(gone.descriptor.digest);
      const listed: string[] = [];
      for await (const { digest } of repository.referrers(subject.descriptor)) listed.push(digest);
      expect(listed).toEqual([kept.descriptor.digest]);
    });

    it('deletes a tag by its name, or says that it does not and leaves everything', async () => {
      const repository = await open();
      const one = manifest('one');
      await repository.tag(one, '1.0.0');
      await repository.tag(one, 'latest');
      const { digest } = one.descriptor;
      expect(
        await codeOf(repository.deleteTag('1.0.0', { replaces: digestOf(Buffer.from('x')) })),
      ).toBe('ERR_CONTENT_TAG_CONFLICT');
      const outcome = await codeOf(repository.deleteTag('1.0.0', { replaces: digest }));
      expect(outcome).toBe(deletesTags ? 'no error' : 'ERR_OCI_DELETE_REFUSED');
      expect((await repository.resolve('latest')).digest).toBe(digest);
      const left: string[] = [];
      for await (const tag of repository.tags()) left.push(tag);
      expect(left.sort()).toEqual(deletesTags ? ['latest'] : ['1.0.0', 'latest']);
    });

    it('moves a tag only from where it is', async () => {
      const repository = await open();
      const [one, two] = [manifest('one'), manifest('two')];
      await repository.tag(one, '1.0.0', { replaces: 'nothing' });
      expect(await codeOf(repository.tag(two, '1.0.0', { replaces: 'nothing' }))).toBe(
        'ERR_CONTENT_TAG_CONFLICT',
      );
      await repository.tag(two, '1.0.0', { replaces: one.descriptor.digest });
      expect((await repository.resolve('1.0.0')).digest).toBe(two.descriptor.digest);
    });

    it('tags a manifest whose digest is SHA-512', async () => {
      const repository = await open();
      const [one, two] = [
        manifest('one', undefined, 'sha512'),
        manifest('two', undefined, 'sha512'),
      ];
      await repository.tag(one, '1.0.0', { replaces: 'nothing' });
      const { digest } = await repository.resolve('1.0.0');
      expect(digest).toBe(takesSha512 ? one.descriptor.digest : digestOf(one.bytes));
      await repository.tag(two, '1.0.0', { replaces: one.descriptor.digest });
      expect((await repository.readManifest('1.0.0')).bytes).toEqual(two.bytes);
    });
  });
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  const failure = await failureOf(promise);
  return failure instanceof Error && 'code' in failure ? failure.code : failure;
}

function manifest(
  name: string,
  subject?: ManifestContent,
  algorithm?: DigestAlgorithm,
): ManifestContent {
  const mediaType = mediaTypes.manifest;
  const document = {
    schemaVersion: 2,
    mediaType,
    artifactType: 'application/vnd.example',
    config: emptyDescriptor,
    layers: [emptyDescriptor],
    ...(subject === undefined ? {} : { subject: subject.descriptor }),
    annotations: { name },
  };
  const bytes = Buffer.from(JSON.stringify(document));
  return {
    bytes,
    descriptor: { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length },
  };
}
