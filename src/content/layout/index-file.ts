import { type Files } from '../../base/index.ts';
import { type Descriptor, mediaTypes, parseDescriptor } from '../../spec/index.ts';
import { LayoutCorruptError } from '../errors.ts';
import { ManifestTable, type TableEntry, type TablePage } from '../manifest-table.ts';
import type { LayoutPaths } from './paths.ts';
import { readRegular, replaceFile } from './safe-files.ts';
import { join } from 'node:path';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/annotations.md */
const refName = 'org.opencontainers.image.ref.name';

/**
 * Room for as many entries as a writer takes (`maxEntries` of the catalog), each as long as it can be; a
 * JavaScript string can not be much longer than twice this.
 */
const maxIndexBytes = 256 * 1024 * 1024;

export interface IndexFile {
  readonly table: ManifestTable;
  /** Members of the document other than `manifests`, kept as they were found. */
  readonly head: Readonly<Record<string, unknown>>;
}

export function emptyIndex(): IndexFile {
  const head = { schemaVersion: 2, mediaType: mediaTypes.index };
  return { table: new ManifestTable(), head };
}

/**
 * Reads `index.json`, ours or another tool's. Descriptors keep everything they carry, also what we have
 * no use for, until their manifest or tag is replaced.
 * @returns undefined when there is no such file.
 * @throws LayoutCorruptError, LimitExceededError, FileAccessError
 */
export async function readIndexFile(files: Files, path: string): Promise<IndexFile | undefined> {
  const bytes = await readRegular(files, path, maxIndexBytes);
  if (bytes === undefined) return undefined;
  try {
    return parseIndexFile(bytes.toString());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LayoutCorruptError(path, why, { cause: error });
  }
}

/** @throws TypeError, SyntaxError and what descriptors throw, for a text that is no index */
export function parseIndexFile(text: string): IndexFile {
  const document: unknown = JSON.parse(text);
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new TypeError('it is not a JSON object');
  }
  const { manifests, ...head } = document as Readonly<Record<string, unknown>>;
  if (head['schemaVersion'] !== 2) throw new TypeError('schemaVersion is not 2');
  // Go writes an empty list as null.
  if (!Array.isArray(manifests ?? [])) throw new TypeError('manifests is not a list');
  const table = new ManifestTable();
  for (const [index, entry] of ((manifests ?? []) as readonly unknown[]).entries()) {
    const descriptor = parseDescriptor(entry, `manifests[${String(index)}]`);
    load(table, descriptor, JSON.stringify(entry));
  }
  return { table, head };
}

function load(table: ManifestTable, named: Descriptor, text: string): void {
  const { mediaType, digest, size, artifactType, annotations } = named;
  const descriptor = {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
  };
  const name = annotations?.[refName];
  table.apply({ kind: 'put', descriptor });
  const other = name === undefined ? undefined : table.digestOfTag(name);
  if (other !== undefined && other !== digest) {
    throw new TypeError(`${JSON.stringify(name)} names two different manifests`);
  }
  if (name !== undefined) table.apply({ kind: 'tag', tag: name, digest });
  if (text !== textOf({ descriptor, name })) table.keepText(digest, name, text);
}

/**
 * What `index.json` has to say, as it is now: every manifest once for each of its names, or once without
 * a name. Quick, because what has not changed is not put into words again; the table may change
 * afterwards.
 */
export function snapshotIndex({ table, head }: IndexFile): readonly Buffer[] {
  const start = JSON.stringify({ ...head, manifests: [] }).slice(0, -2);
  const pieces = table.pages().map((page) => (page.bytes ??= bytesOf(page)));
  const last = pieces.pop();
  if (last === undefined) return [Buffer.from(`${start}]}\n`)];
  const end = [last.subarray(0, -separator.length), Buffer.from('\n]}\n')];
  return [Buffer.from(`${start}\n`), ...pieces, ...end];
}

const separator = ',\n';

/** Each entry with a separator after it. */
function bytesOf({ entries }: TablePage): Buffer {
  return Buffer.from(entries.map((entry) => (entry.text ?? textOf(entry)) + separator).join(''));
}

function textOf({ descriptor, name }: Pick<TableEntry, 'descriptor' | 'name'>): string {
  if (name === undefined) return JSON.stringify(descriptor);
  return JSON.stringify({ ...descriptor, annotations: { [refName]: name } });
}

/** Replaces `index.json` durably and in one step. */
export async function writeIndexFile(
  files: Files,
  paths: LayoutPaths,
  snapshot: readonly Buffer[],
): Promise<void> {
  const temporary = join(paths.ours, 'index.json.new');
  await replaceFile(files, { folder: paths.folder, target: paths.index, temporary }, snapshot);
}
