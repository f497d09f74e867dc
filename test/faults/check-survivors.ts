import type { Agent } from 'node:http';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestOf } from '../../src/spec/index.ts';
import { checkLayout } from '../support/check-layout.ts';
import { send } from '../support/http-request.ts';
import type { KilledClient } from './killed-client.ts';

export interface Survivor {
  readonly url: string;
  readonly agent: Agent;
  /** What it serves. */
  readonly folder: string;
}

/**
 * Compares what a server has after its predecessor was killed with what that one acknowledged to these clients,
 * all of one repository; they go on from what is found. @returns what is wrong
 */
export async function checkSurvivors(
  server: Survivor,
  repository: string,
  clients: readonly KilledClient[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  const get = (path: string) =>
    send('GET', server.url, `/v2/${repository}/${path}`, { agent: server.agent });
  const expectContent = async (what: string, path: string, digest: Digest) => {
    const { body, status } = await get(path);
    if (status !== 200) problems.push(`${what}: ${String(status)}`);
    else if (digestOf(body) !== digest) problems.push(`${what}: other bytes`);
  };

  const list = await get('tags/list');
  // Killed before anything was made of it.
  const isNew = list.status === 404 && clients.every((client) => client.acknowledged === 0);
  if (isNew) return [];
  const listed = new Set((list.json as { readonly tags: readonly string[] }).tags);
  const tags = new Map<string, Digest>();
  const needed = new Set<Digest>();
  for (const client of clients) {
    for (const [tag, places] of client.tags) {
      const { body, headers, status } = await get(`manifests/${tag}`);
      const digest = status === 200 ? digestOf(body) : undefined;
      if ((status === 200) !== listed.has(tag)) problems.push(`${tag}: ${status}, in the list not`);
      if (digest !== undefined && headers['docker-content-digest'] !== digest) {
        problems.push(`${tag}: other bytes than it says`);
      }
      if (!places.has(digest)) {
        problems.push(`${tag}: ${String(digest)}, expected ${[...places].join(' or ')}`);
      }
      if (digest !== undefined) tags.set(tag, digest);
      client.tags.set(tag, new Set([digest]));
    }
    for (const [digest, known] of client.images) {
      const { body, status } = await get(`manifests/${digest}`);
      const isThere = status === 200;
      if (isThere && digestOf(body) !== digest) problems.push(`${digest}: other bytes`);
      if (known.isThere !== 'perhaps' && known.isThere !== isThere) {
        problems.push(`${digest}: ${String(status)}, expected ${String(known.isThere)}`);
      }
      if (isThere) for (const layer of known.image.layers) needed.add(layer);
      // What is gone stays known for a while, so that it is seen to stay away.
      if (isThere || known.isThere !== false) known.isThere = isThere;
      else client.images.delete(digest);
    }
    for (const digest of client.deletedBlobs) {
      const { status } = await get(`blobs/${digest}`);
      if (status !== 404) problems.push(`the deleted blob ${digest}: ${String(status)}`);
    }
    client.deletedBlobs.clear();
  }
  for (const digest of needed) await expectContent(`blob ${digest}`, `blobs/${digest}`, digest);
  const unknown = [...listed].filter((tag) => !tags.has(tag));
  if (unknown.length > 0) problems.push(`unknown tags: ${unknown.join(', ')}`);
  problems.push(...(await checkFolder(join(server.folder, repository), tags)));
  return problems;
}

/** What another program would see, and nothing of ours left lying about. */
async function checkFolder(
  folder: string,
  tags: ReadonlyMap<string, Digest>,
): Promise<readonly string[]> {
  const found = await checkLayout(folder);
  const problems = [...found.problems];
  if (JSON.stringify([...found.tags].sort()) !== JSON.stringify([...tags].sort())) {
    problems.push('index.json has other tags than the server');
  }
  const uploads = await readdir(join(folder, '.tofu-oci', 'uploads')).catch(() => []);
  const left = uploads.filter((name) => name.startsWith('own-'));
  if (left.length > 0) problems.push(`left behind: ${left.join(', ')}`);
  return problems;
}

/** An upload that was open goes on where the server said it was. @returns what is wrong */
export async function resumeUploads(
  server: Survivor,
  clients: readonly KilledClient[],
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const client of clients) {
    const { open } = client;
    client.open = undefined;
    if (open === undefined) continue;
    const { status, headers } = await send('GET', server.url, open.location, {
      agent: server.agent,
    });
    if (status === 404 && open.isClosing) continue;
    const kept = Number(/^0-(?<last>[0-9]+)$/u.exec(headers.range ?? '')?.groups?.['last']) + 1;
    // An empty upload and one of a byte look the same.
    const offset = open.acknowledged === 0 && kept === 1 ? 0 : kept;
    if (status !== 204 || !(offset >= open.acknowledged)) {
      const had = `${String(open.acknowledged)} bytes acknowledged`;
      problems.push(`${open.location}: ${String(status)}, ${String(headers.range)}, ${had}`);
      continue;
    }
    if (kept === 1) continue;
    await client.finish({ ...open, acknowledged: offset }, server);
  }
  return problems;
}
