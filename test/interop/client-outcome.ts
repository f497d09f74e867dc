import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Finished } from '../support/run-cli.ts';

/** What a run left and said, without what may differ: paths, order, the program's name. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly lock: string;
  /** Files and links of `.terraform`, with modes. */
  readonly installed: readonly string[];
  /** What is remembered of `-plugin-dir`. */
  readonly pluginPath: string;
  /** Titles of diagnostics, sorted. */
  readonly titles: readonly string[];
  /** Lines about providers, sorted. */
  readonly lines: readonly string[];
  /** All of it, for whoever looks why it differs. */
  readonly said: string;
}

export interface Left {
  /** The folder around the project. */
  readonly folder: string;
  readonly project: string;
  /** `TF_DATA_DIR` */
  readonly data: string;
  /** Hosts and what to call them. */
  readonly hosts: ReadonlyMap<string, string>;
}

export async function outcomeOf({ code, stderr, stdout }: Finished, left: Left): Promise<Outcome> {
  const { data, folder, project } = left;
  const text = async (path: string): Promise<string> =>
    await readFile(join(project, path), 'utf8').catch(() => '');
  const said = `${stdout}\n${stderr}`;
  const lock = await text('.terraform.lock.hcl');
  return {
    succeeded: code === 0,
    lock: lock.replace('"terraform init"', '"tofu init"'),
    installed: await treeOf(join(project, data), folder),
    pluginPath: (await text(join(data, 'plugin_path'))).replaceAll(folder, ''),
    titles: titlesIn(said),
    lines: linesIn(said, left),
    said,
  };
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** What a line of `-json` says. */
function messageIn(line: string): string | undefined {
  if (!line.startsWith('{"@level"')) return undefined;
  const value: unknown = JSON.parse(line);
  return isRecord(value) && typeof value['@message'] === 'string' ? value['@message'] : undefined;
}

function titlesIn(said: string): readonly string[] {
  const plain = said.split('\n').map((line) => messageIn(line) ?? line.replace(/^[│╷] /u, ''));
  const titles = plain.filter((line) => /^(?:Error|Warning): ./u.test(line));
  return [...new Set(titles)].sort();
}

const aboutProviders =
  /^(?:- (?:Detected|Fetching|Finding|Installed|Installing|Obtained|Retrieved|Reusing|Using|\S+ is built in)\b|\[WARN\] Provider)/u;

/** What is said of providers, plainly or in the messages of `-json`. */
function linesIn(said: string, { folder, hosts }: Left): readonly string[] {
  const renamed = [...hosts].reduce(
    (text, [host, name]) => text.replaceAll(host, name),
    said.replaceAll(folder, ''),
  );
  return renamed
    .split('\n')
    .map((line) => (line.startsWith('{') ? `- ${messageIn(line) ?? ''}` : line))
    .map((line) => line.replace('- [WARN]', '[WARN]'))
    .filter((line) => aboutProviders.test(line))
    .sort();
}

async function treeOf(root: string, folder: string): Promise<readonly string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  const lines = await Promise.all(
    entries.map(async (entry) => {
      const path = join(entry.parentPath, entry.name);
      const name = path.slice(root.length);
      const { mode } = await lstat(path);
      if (entry.isSymbolicLink()) return `${name} -> ${(await readlink(path)).replace(folder, '')}`;
      if (entry.isDirectory()) return undefined;
      return `${name} ${(mode & 0o7777).toString(8)}`;
    }),
  );
  // Locks of OpenTofu that stay behind, and what only its backend leaves.
  return lines
    .filter((line) => line !== undefined)
    .filter((line) => !/\.lock \d|^\/terraform\.tfstate /u.test(line))
    .map((line) => line.replace(basename(folder), ''))
    .sort();
}
