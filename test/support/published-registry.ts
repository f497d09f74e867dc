import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeReleaseFolder, type ReleaseFolder } from './release-folder.ts';
import { runCli } from './run-cli.ts';
import { type RunningRegistry, startRegistry } from './running-registry.ts';
import { type Reply, type ScriptedPeer, type SeenRequest } from './scripted-peer.ts';
import { tempFolder } from './temp-folder.ts';
import { temporaryStorage } from './temporary-storage.ts';
import { send } from './http-request.ts';

export const address = 'example.com/acme/thing';
export const version = '1.2.3';
export const platform = `${process.platform}_${process.arch === 'x64' ? 'amd64' : process.arch}`;

/** Where a release of `address` is below a registry, and the path of its repository there. */
export const locationAt = (host: string, prefix = 'tf'): string =>
  `${host}/${prefix}/{hostname}/{namespace}/{type}`;
export const repositoryPath = (prefix = 'tf'): string => `/v2/${prefix}/${address}`;

/** One content of a published release, as the wire knows it. */
export interface PublishedContent {
  readonly digest: string;
  readonly bytes: Buffer;
}

export interface PublishedRegistry {
  readonly registry: RunningRegistry;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly release: ReleaseFolder;
  readonly index: PublishedContent;
  /** The manifest and the zip of the platform that the tests run on. */
  readonly target: PublishedContent;
  readonly layer: PublishedContent;
  close(): Promise<void>;
}

/** A registry, empty, that tests may put faulty peers in front of. */
export async function startBackingRegistry(): Promise<RunningRegistry> {
  return await startRegistry(await temporaryStorage());
}

/** A registry with one release in it, pushed by the bundle; for `beforeAll`. */
export async function startPublishedRegistry(
  options: { readonly binary?: Buffer } = {},
): Promise<PublishedRegistry> {
  const registry = await startBackingRegistry();
  const { host } = new URL(registry.url);
  const folder = await mkdtemp(join(tmpdir(), 'tofu-oci-published-'));
  const platforms = [...new Set([platform, 'windows_amd64'])];
  const release = await makeReleaseFolder(folder, {
    type: 'thing',
    version,
    platforms,
    ...options,
  });
  const pushed = await runCli(['push', address, folder, '--to', locationAt(host)]);
  if (pushed.code !== 0) throw new Error(`the release could not be published: ${pushed.stderr}`);
  const get = async (path: string): Promise<PublishedContent> => {
    const { body, status } = await registry.send('GET', `${repositoryPath()}/${path}`);
    if (status !== 200) throw new Error(`${path} was answered with ${String(status)}`);
    return { bytes: body, digest: `sha256:${createHash('sha256').update(body).digest('hex')}` };
  };
  const index = await get(`manifests/${version}`);
  const child = manifestOf(index).manifests?.find(
    (one) => `${one.platform?.os ?? ''}_${one.platform?.architecture ?? ''}` === platform,
  );
  const target = await get(`manifests/${child?.digest ?? ''}`);
  const layer = await get(`blobs/${manifestOf(target).layers?.[0]?.digest ?? ''}`);
  return {
    registry,
    host,
    release,
    index,
    target,
    layer,
    close: async () => {
      await registry.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

interface WireManifest {
  readonly manifests?: readonly {
    readonly digest: string;
    readonly platform?: { readonly os: string; readonly architecture: string };
  }[];
  readonly layers?: readonly { readonly digest: string }[];
  readonly config?: { readonly digest: string };
}

const manifestOf = ({ bytes }: Pick<PublishedContent, 'bytes'>): WireManifest =>
  JSON.parse(bytes.toString()) as WireManifest;

/** Headers that belong to one connection and not to the message. */
const hopHeaders = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'transfer-encoding',
]);

/** A step's reply that is what `registry` answers. */
export function answerOf(registry: RunningRegistry): (seen: SeenRequest) => Promise<Reply> {
  return async ({ body, headers, method, path }) => {
    const sent = Object.entries(headers).flatMap(([name, value]) =>
      hopHeaders.has(name) || typeof value !== 'string' ? [] : [[name, value] as const],
    );
    const hasBody = method !== 'GET' && method !== 'HEAD';
    const answer = await send(method, registry.url, path, {
      headers: Object.fromEntries(sent),
      ...(hasBody ? { body } : {}),
    });
    const received = Object.entries(answer.headers).flatMap(([name, value]) => {
      const isOfMessage = !hopHeaders.has(name) || (method === 'HEAD' && name === 'content-length');
      return value === undefined || !isOfMessage ? [] : [[name, value] as const];
    });
    return { status: answer.status, headers: Object.fromEntries(received), body: answer.body };
  };
}

/** Lets everything that no earlier step of the peer matches through to the registry. */
export function passOn(peer: ScriptedPeer, registry: RunningRegistry): ScriptedPeer {
  return peer.always(() => true, answerOf(registry));
}

/** An error in the words of the distribution specification. */
export function wireError(status: number, code: string, message: string, detail?: unknown): Reply {
  return { status, body: { errors: [{ code, message, detail }] } };
}

/** A project folder that requires the release; gone when the test ends. */
export async function makeProject(): Promise<string> {
  const project = join(await tempFolder(), 'project');
  await mkdir(project);
  await writeFile(join(project, 'main.tf'), requiring(address, version));
  return project;
}

/** A configuration that requires one provider. */
export function requiring(source: string, constraint: string): string {
  return `terraform {\n  required_providers {\n    thing = {\n      source  = "${source}"\n      version = "${constraint}"\n    }\n  }\n}\n`;
}

/** Everything in a folder, by path from it, sorted. */
export async function filesIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true });
  return entries.map((entry) => entry.replaceAll('\\', '/')).sort();
}

/** What the tag shows of a release in a registry: nothing, or everything that it names. */
export async function findRelease(
  registry: RunningRegistry,
  prefix = 'tf',
): Promise<'absent' | 'complete' | 'broken'> {
  const base = repositoryPath(prefix);
  const get = (path: string) => registry.send('GET', `${base}/${path}`);
  const index = await get(`manifests/${version}`);
  if (index.status === 404) return 'absent';
  for (const { digest } of manifestOf({ bytes: index.body }).manifests ?? []) {
    const target = await get(`manifests/${digest}`);
    if (target.status !== 200) return 'broken';
    const { config, layers = [] } = manifestOf({ bytes: target.body });
    for (const content of [...layers, ...(config === undefined ? [] : [config])]) {
      if ((await registry.send('HEAD', `${base}/blobs/${content.digest}`)).status !== 200) {
        return 'broken';
      }
    }
  }
  return 'complete';
}
