import { Agent } from 'node:http';
import { mediaTypes } from '../../src/spec/index.ts';
import { send } from './http-request.ts';

/** What one tag shows. */
export interface ShownVersion {
  /** `REPOSITORY:TAG` */
  readonly name: string;
  /** `linux_amd64`, sorted. */
  readonly platforms: readonly string[];
  /** What is named, and not there: none in a version that is whole. */
  readonly missing: readonly string[];
  /** Documents that are attached to it. */
  readonly referrers: number;
}

interface Manifest {
  readonly manifests?: readonly (Named & {
    readonly platform?: { readonly os: string; readonly architecture: string };
  })[];
  readonly layers?: readonly Named[];
  readonly config?: Named;
}

interface Named {
  readonly digest: string;
}

/**
 * Looks at each tag of the repositories as a client would that has just asked for it: at its index, everything that
 * it names, and what is attached to it, down to the blobs.
 */
export async function walkRegistry(
  host: string,
  repositories: readonly string[],
): Promise<readonly ShownVersion[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  try {
    const shown = repositories.map((path) => walkRepository({ host, path, agent }));
    return (await Promise.all(shown)).flat();
  } finally {
    agent.destroy();
  }
}

async function walkRepository({
  agent,
  host,
  path,
}: {
  readonly host: string;
  readonly path: string;
  readonly agent: Agent;
}): Promise<readonly ShownVersion[]> {
  const url = `http://${host}`;
  const accept = `${mediaTypes.index}, ${mediaTypes.manifest}`;
  const ask = (method: string, what: string) =>
    send(method, url, `/v2/${path}/${what}`, { agent, headers: { accept } });

  const list = await ask('GET', 'tags/list');
  if (list.status === 404) return [];
  const { tags } = list.json as { readonly tags: readonly string[] | null };

  const missing = async (reference: string, into: string[]): Promise<Manifest | undefined> => {
    const { json, status } = await ask('GET', `manifests/${reference}`);
    if (status !== 200) {
      into.push(`manifest ${reference}: ${String(status)}`);
      return undefined;
    }
    const manifest = json as Manifest;
    const { config, layers = [], manifests = [] } = manifest;
    for (const { digest } of [...layers, ...(config === undefined ? [] : [config])]) {
      const blob = await ask('HEAD', `blobs/${digest}`);
      if (blob.status !== 200) into.push(`blob ${digest}: ${String(blob.status)}`);
    }
    for (const { digest } of manifests) await missing(digest, into);
    return manifest;
  };

  const versions: ShownVersion[] = [];
  // The tags that stand for the referrers API where there is none are no versions.
  for (const tag of (tags ?? []).filter((each) => !each.startsWith('sha256-'))) {
    const holes: string[] = [];
    const index = await ask('GET', `manifests/${tag}`);
    const found = await missing(tag, holes);
    const platforms = (found?.manifests ?? []).map(
      ({ platform }) => `${platform?.os ?? ''}_${platform?.architecture ?? ''}`,
    );
    const digest = String(index.headers['docker-content-digest'] ?? '');
    const answer = await ask('GET', `referrers/${digest}`);
    const { json } =
      answer.status === 200 ? answer : await ask('GET', `manifests/${digest.replace(':', '-')}`);
    const referrers = (json as Manifest | undefined)?.manifests ?? [];
    for (const one of referrers) await missing(one.digest, holes);
    versions.push({
      name: `${path}:${tag}`,
      platforms: platforms.sort(),
      missing: holes,
      referrers: referrers.length,
    });
  }
  return versions;
}
