import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, digestOf } from '../../src/spec/index.ts';

interface Named {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Document {
  readonly config?: Named;
  readonly layers?: readonly Named[];
  readonly manifests?: readonly Named[];
}

export interface LayoutFindings {
  /** What is wrong; nothing in a layout that is whole. */
  readonly problems: readonly string[];
  /** As index.json says. */
  readonly tags: ReadonlyMap<string, string>;
  /** All content files. */
  readonly blobs: ReadonlySet<string>;
}

const refName = 'org.opencontainers.image.ref.name';

/**
 * Reads a folder as any other program would that knows the OCI image layout and nothing of ours: the marker,
 * index.json and all that it names, and every file below `blobs`, whose name must be the digest of its bytes.
 */
export async function checkLayout(folder: string): Promise<LayoutFindings> {
  const problems: string[] = [];
  const [tags, contents] = [new Map<string, string>(), new Map<string, Buffer>()];
  const marker: unknown = JSON.parse(await readFile(join(folder, 'oci-layout'), 'utf8'));
  if (JSON.stringify(marker) !== '{"imageLayoutVersion":"1.0.0"}') problems.push('oci-layout');
  for (const algorithm of await readdir(join(folder, 'blobs'))) {
    for (const hex of await readdir(join(folder, 'blobs', algorithm))) {
      const bytes = await readFile(join(folder, 'blobs', algorithm, hex)).catch(absent);
      // Collected since it was listed.
      if (bytes === undefined) continue;
      const digest = `${algorithm}:${hex}`;
      if (digestIn(algorithm, bytes) !== digest) problems.push(`${digest} has other bytes`);
      contents.set(digest, bytes);
    }
  }

  const look = (named: Named, where: string): void => {
    const bytes = contents.get(named.digest);
    if (bytes === undefined) problems.push(`${named.digest}, named by ${where}, is missing`);
    else if (bytes.length !== named.size) problems.push(`${named.digest} has another size`);
    else if (/manifest|index/u.test(named.mediaType)) follow(named.digest, bytes);
  };
  const follow = (digest: string, bytes: Buffer): void => {
    const { config, layers = [], manifests = [] } = JSON.parse(bytes.toString()) as Document;
    for (const one of [...(config === undefined ? [] : [config]), ...layers, ...manifests]) {
      look(one, digest);
    }
  };

  const index = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as Document;
  for (const named of index.manifests ?? []) {
    look(named, 'index.json');
    const tag = named.annotations?.[refName];
    if (tag === undefined) continue;
    if (tags.has(tag)) problems.push(`the tag ${tag} is there twice`);
    tags.set(tag, named.digest);
  }
  return { problems, tags, blobs: new Set(contents.keys()) };
}

function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
  throw error;
}

function digestIn(algorithm: string, bytes: Buffer): Digest | undefined {
  return algorithm === 'sha256' || algorithm === 'sha512' ? digestOf(bytes, algorithm) : undefined;
}
