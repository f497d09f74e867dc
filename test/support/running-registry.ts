import { createServer, type Server } from 'node:http';
import type { RegistryStorage } from '../../src/content/index.ts';
import { createRegistry, type RegistryOptions } from '../../src/server/registry/index.ts';
import { type Digest, digestOf, mediaTypes } from '../../src/spec/index.ts';
import { send, type TestAnswer, type TestRequest } from './http-request.ts';

/** A registry on a loopback port, and the requests that most tests begin with. */
export interface RunningRegistry {
  readonly url: string;
  readonly server: Server;
  /** The name of a repository nobody else uses, with the empty blob in it. */
  newRepository(): Promise<string>;
  send(method: string, path: string, request?: TestRequest): Promise<TestAnswer>;
  pushBlob(repository: string, bytes: string | Buffer): Promise<Digest>;
  pushManifest(
    repository: string,
    reference: string | undefined,
    manifest: TestManifest,
    headers?: Readonly<Record<string, string>>,
  ): Promise<TestAnswer & { readonly digest: Digest }>;
  close(): Promise<void>;
}

export type TestManifest = Readonly<Record<string, unknown>> & { readonly mediaType?: string };

export const emptyDescriptor = {
  mediaType: mediaTypes.empty,
  digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
  size: 2,
};

/** A digest that nothing has. */
export const absentDigest = `sha256:${'0'.repeat(64)}`;

interface ShownError {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** The first error of an answer's body. */
export function errorOf({ json }: { readonly json: unknown }): ShownError {
  const [error] = (json as { readonly errors: readonly ShownError[] }).errors;
  if (error === undefined) throw new Error('the answer has no errors');
  return error;
}

/** An image manifest without layers; give each test's one an annotation of its own. */
export function imageManifest(fields: Readonly<Record<string, unknown>> = {}): TestManifest {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: emptyDescriptor,
    layers: [],
    ...fields,
  };
}

export async function startRegistry(
  storage: RegistryStorage,
  options: RegistryOptions = {},
): Promise<RunningRegistry> {
  const handle = createRegistry(storage, options);
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const url = `http://127.0.0.1:${String(port)}`;
  const ask = (method: string, path: string, request?: TestRequest) =>
    send(method, url, path, request);
  const pushBlob = async (repository: string, content: string | Buffer) => {
    const bytes = Buffer.from(content);
    const digest = digestOf(bytes);
    const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`;
    const { status } = await ask('POST', path, { body: bytes });
    if (status !== 201) throw new Error(`the blob was answered with ${String(status)}`);
    return digest;
  };
  let repositories = 0;
  return {
    url,
    server,
    send: ask,
    newRepository: async () => {
      const name = `tests/r${String(repositories++)}`;
      await pushBlob(name, '{}');
      return name;
    },
    pushBlob,
    pushManifest: async (repository, reference, manifest, headers = {}) => {
      const bytes = Buffer.from(JSON.stringify(manifest));
      const digest = digestOf(bytes);
      const answer = await ask('PUT', `/v2/${repository}/manifests/${reference ?? digest}`, {
        headers: { 'Content-Type': manifest.mediaType ?? mediaTypes.manifest, ...headers },
        body: bytes,
      });
      return Object.assign(answer, { digest });
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await storage.close();
    },
  };
}
