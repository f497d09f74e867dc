import { type Files } from '../../base/index.ts';
import { type Descriptor, mediaTypes, parseDescriptor } from '../../spec/index.ts';
import { LayoutCorruptError } from '../errors.ts';
import { ManifestTable } from '../manifest-table.ts';
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

/** Large enough for few system calls, small enough to leave the event loop alone. */
const pieceChars = 1024 * 1024;

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
  const row = table.findRow(digest);
  if (name === undefined) {
    if (row !== undefined) row.textWithoutName = text;
    return;
  }
  const other = table.digestOfTag(name);
  if (other !== undefined && other !== digest) {
    throw new TypeError(`${JSON.stringify(name)} names two different manifests`);
  }
  table.apply({ kind: 'tag', tag: name, digest });
  row?.names.set(name, text);
}

/**
 * What `index.json` has to say, as it is now: every manifest once for each of its names, or once without
 * a name. Quick, because unchanged entries keep their text; the table may change afterwards.
 */
export function snapshotIndex({ table, head }: IndexFile): readonly string[] {
  const entries: string[] = [];
  for (const row of table.rows()) {
    for (const [name, text] of row.names) {
      if (text !== '') {
        entries.push(text);
        continue;
      }
      const annotations = { [refName]: name };
      const made = JSON.stringify({ ...row.descriptor, annotations });
      row.names.set(name, made);
      entries.push(made);
    }
    if (row.names.size > 0) continue;
    if (row.textWithoutName === '') row.textWithoutName = JSON.stringify(row.descriptor);
    entries.push(row.textWithoutName);
  }
  const start = JSON.stringify({ ...head, manifests: [] }).slice(0, -2);
  return entries.length === 0 ? [start, ']}\n'] : [`${start}\n`, ...withCommas(entries), ']}\n'];
}

/** Replaces `index.json` durably and in one step. */
export async function writeIndexFile(
  files: Files,
  paths: LayoutPaths,
  snapshot: readonly string[],
): Promise<void> {
  const temporary = join(paths.ours, 'index.json.new');
  await replaceFile(
    files,
    { folder: paths.folder, target: paths.index, temporary },
    inPieces(snapshot),
  );
}

function withCommas(entries: readonly string[]): readonly string[] {
  return entries.map((entry, index) => (index + 1 < entries.length ? `${entry},\n` : `${entry}\n`));
}

function* inPieces(texts: readonly string[]): Generator<Buffer> {
  let piece: string[] = [];
  let length = 0;
  for (const text of texts) {
    piece.push(text);
    length += text.length;
    if (length < pieceChars) continue;
    yield Buffer.from(piece.join(''));
    piece = [];
    length = 0;
  }
  yield Buffer.from(piece.join(''));
}
