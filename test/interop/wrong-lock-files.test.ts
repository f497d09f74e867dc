import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseLockFile } from '../../src/domain/index.ts';
import { findTofus } from '../support/peers.ts';
import { runProgram } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { wrongLockFiles } from './wrong-lock-files.ts';

const tofus = findTofus();
const name = '.terraform.lock.hcl';

interface JsonLine {
  readonly diagnostic?: {
    readonly severity: string;
    readonly summary: string;
    readonly detail: string;
    readonly range?: { readonly start: { readonly line: number; readonly column: number } };
  };
}

/**
 * Without what differs on purpose (docs/differences.md): we do not name a release of OpenTofu, do not
 * say more of a value that could not be read, and mark the hash and not its list.
 */
function comparable(lines: readonly string[]): readonly string[] {
  return lines
    .filter((line) => !line.endsWith('Unsuitable value: value must be known'))
    .map((line) =>
      line
        .replace(
          /OpenTofu v\S+ only supports dependency locks for providers/u,
          'Only dependency locks for providers are supported',
        )
        .replace(/^(\d+):\d+ (error Invalid provider hash string:)/u, '$1 $2'),
    )
    .toSorted();
}

function ours(text: string): readonly string[] {
  return parseLockFile(text, name).diagnostics.map(({ severity, summary, detail, range }) => {
    const { line, column } = range?.start ?? { line: 0, column: 0 };
    return `${line}:${column} ${severity} ${summary}: ${detail}`;
  });
}

async function theirs(tofu: string, text: string): Promise<readonly string[]> {
  const folder = await tempFolder();
  await writeFile(join(folder, name), text);
  await writeFile(join(folder, 'main.tf'), 'locals {}\n');
  await writeFile(join(folder, 'tofurc'), 'provider_installation {}\n');
  const { stdout } = await runProgram(tofu, ['init', '-backend=false', '-json', '-input=false'], {
    cwd: folder,
    env: { TF_CLI_CONFIG_FILE: join(folder, 'tofurc') },
  });
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => {
      const { diagnostic } = JSON.parse(line) as JsonLine;
      if (diagnostic === undefined) return [];
      const { severity, summary, detail, range } = diagnostic;
      const { line: row, column } = range?.start ?? { line: 0, column: 0 };
      return [`${row}:${column} ${severity} ${summary}: ${detail}`];
    });
}

const noTofu = tofus.length === 0 ? ' (skipped: tofu is not on PATH nor named by TOFU_BIN)' : '';

describe('wrong lock files', () => {
  it('are at least 60, and something is said of each', () => {
    expect(new Set(wrongLockFiles).size).toBeGreaterThanOrEqual(60);
    expect(wrongLockFiles.filter((text) => ours(text).length === 0)).toEqual([]);
  });
});

describe.skipIf(tofus.length === 0)(`wrong lock files beside OpenTofu${noTofu}`, () => {
  describe.each((tofus.length === 0 ? ['tofu'] : tofus).map((path) => [basename(path), path]))(
    'have the words and places of %s:',
    (_name, tofu) => {
      it.each(wrongLockFiles.map((text) => [JSON.stringify(text), text]))('%s', async (_, text) => {
        expect(comparable(ours(text))).toEqual(comparable(await theirs(tofu, text)));
      });
    },
  );
});
