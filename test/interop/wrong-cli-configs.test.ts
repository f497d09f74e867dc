import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/base/index.ts';
import { loadCliConfig } from '../../src/config/index.ts';
import { findTofus } from '../support/peers.ts';
import { runProgram } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { differences, nameOf, type WrongCliConfig, wrongCliConfigs } from './wrong-cli-configs.ts';

const tofus = findTofus();
const settingsWithPaths = ['TF_CLI_CONFIG_FILE', 'TERRAFORM_CONFIG', 'XDG_CONFIG_HOME'];

/** The folder that a case is laid out in, which is home and working folder at once. */
async function layOut({ env = {}, files }: WrongCliConfig): Promise<{
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
}> {
  const folder = await tempFolder();
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const settings = Object.entries(env).map(([name, value]): [string, string] => {
    return [name, settingsWithPaths.includes(name) ? join(folder, value) : value];
  });
  return { folder, env: Object.fromEntries(settings) };
}

async function problemsOf(wrong: WrongCliConfig): Promise<readonly Diagnostic[]> {
  const { env, folder } = await layOut(wrong);
  const { diagnostics } = await loadCliConfig({
    env: { HOME: folder, ...env },
    cwd: folder,
    home: folder,
    platform: 'linux',
  });
  const shown = (text: string): string => text.replaceAll(folder, 'HOME');
  return diagnostics.map(({ range, ...diagnostic }) => ({
    ...diagnostic,
    summary: shown(diagnostic.summary),
    detail: shown(diagnostic.detail),
    range: range && { ...range, file: shown(range.file) },
  }));
}

function squeezed(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').trim();
}

async function ours(wrong: WrongCliConfig): Promise<readonly string[]> {
  const problems = await problemsOf(wrong);
  return problems.map(({ severity, summary, detail }) =>
    squeezed(`${severity}: ${summary} ${detail}`),
  );
}

interface Said {
  /** The second number of its version. */
  readonly minor: number;
  readonly lines: readonly string[];
}

/** What it prints before it does anything: for people, and wrapped. */
async function theirs(tofu: string, wrong: WrongCliConfig): Promise<Said> {
  const { env, folder } = await layOut(wrong);
  const { stderr, stdout } = await runProgram(tofu, ['version', '-no-color'], { cwd: folder, env });
  const minor = Number(/^OpenTofu v1\.(\d+)/mu.exec(stdout)?.[1]);
  const lines = `${stderr}\n${stdout.replace(/^OpenTofu v[^]*$/mu, '')}`
    .replaceAll(folder, 'HOME')
    .replaceAll(/^[╷│╵] ?/gmu, '')
    .replaceAll(/^There are some problems with the .*$/gmu, '')
    .replaceAll(/^As a result of the above problems, .*\n?may not behave as intended\.$/gmu, '')
    .replaceAll(/^ +on <.*> line \d+:\n +\(source code not available\)$/gmu, '')
    .split(/^(?=(?:Error|Warning): )/mu)
    .map((text) => squeezed(text.replace(/^\w+/u, (severity) => severity.toLowerCase())))
    .filter((text) => text !== '');
  return { minor, lines };
}

/**
 * Without what differs on purpose (docs/differences.md): what is wrong with a name of a host, a quote too many,
 * and places in JSON and of blocks that are values, which are a dash there.
 */
function comparable(lines: readonly string[], placeless: boolean): readonly string[] {
  return lines
    .map((line) =>
      line
        .replace(
          /idna: [^.]*/u,
          'labels must contain only letters, digits, and dashes, and may not use leading or trailing dashes',
        )
        .replace(/dashes"$/u, 'dashes')
        .replaceAll(placeless ? /\b(at|At|in) (?:\d+:\d+|-)(?=\W|$)/gu : /$^/gu, '$1 -'),
    )
    .toSorted();
}

const hasNoPlace = (lines: readonly string[]): boolean =>
  lines.some((line) => /\b(?:at|At|in) -/u.test(line));

describe('wrong CLI configurations', () => {
  it('are at least 60', () => {
    expect(new Set(wrongCliConfigs.map(nameOf)).size).toBe(wrongCliConfigs.length);
    expect(wrongCliConfigs.length).toBeGreaterThanOrEqual(60);
  });

  it.each(wrongCliConfigs.map((wrong) => [nameOf(wrong), wrong] as const))(
    'have their words and places: %s',
    async (_, wrong) => {
      const problems = await problemsOf(wrong);
      expect(problems).not.toEqual([]);
      const lines = problems.map(({ severity, summary, detail, range }) => {
        const { line, column } = range?.start ?? { line: 0, column: 0 };
        const file = range === undefined || range.file === 'HOME/.tofurc' ? '' : `${range.file} `;
        return `${file}${line}:${column} ${severity} ${summary} | ${detail}`;
      });
      expect(lines.join('\n')).toMatchSnapshot();
    },
  );

  it('have a row of differences.md for each difference', async () => {
    const page = await readFile('docs/differences.md', 'utf8');
    const missing = Object.values(differences).filter((row) => !page.includes(`| ${row} `));
    expect(missing).toEqual([]);
  });
});

const noTofu = tofus.length === 0 ? ' (skipped: tofu is not on PATH nor named by TOFU_BIN)' : '';
const compared = wrongCliConfigs.filter((wrong) => wrong.differs === undefined);

describe.skipIf(tofus.length === 0)(`wrong CLI configurations beside OpenTofu${noTofu}`, () => {
  describe.each((tofus.length === 0 ? ['tofu'] : tofus).map((path) => [basename(path), path]))(
    'have the words and places of %s:',
    (_name, tofu) => {
      it.each(compared.map((wrong) => [nameOf(wrong), wrong] as const))('%s', async (_, wrong) => {
        const [we, they] = await Promise.all([ours(wrong), theirs(tofu, wrong)]);
        const placeless = hasNoPlace(they.lines);
        const expected = they.minor < (wrong.since ?? 0) ? [] : comparable(we, placeless);
        expect(expected).toEqual(comparable(they.lines, placeless));
      });
    },
  );
});
