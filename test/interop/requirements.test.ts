import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configurationSettings } from '../../src/cli/configuration-settings.ts';
import { displayProvider, formatConstraints, type Requirements } from '../../src/domain/index.ts';
import { readConfigurationRequirements } from '../../src/requirements/index.ts';
import { findTofus } from '../support/peers.ts';
import { runProgram } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { requirementsCases, type RequirementsCase } from './requirements-cases.ts';

const tofus = findTofus();

/** What a reader says of a configuration, in one spelling for both. */
interface Reading {
  /** `FILE:LINE SUMMARY`, sorted, each once. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** `ADDRESS CONSTRAINTS` of all modules and the state together, sorted. */
  readonly total: readonly string[];
  /** The same by the address of the module, as far as the program shows them. */
  readonly modules: Readonly<Record<string, readonly string[]>>;
}

async function writeCase(each: RequirementsCase): Promise<string> {
  const folder = join(await tempFolder(), 'root');
  await mkdir(folder);
  for (const [name, text] of Object.entries(each.files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  for (const [name, target] of Object.entries(each.links ?? {})) {
    await symlink(target, join(folder, name));
  }
  return folder;
}

const once = (lines: readonly string[]): readonly string[] => [...new Set(lines)].sort();

async function readOurs(folder: string, { env = {} }: RequirementsCase): Promise<Reading> {
  const read = await readConfigurationRequirements(folder, configurationSettings({ env }));
  const lines = (requirements: Requirements): readonly string[] =>
    once(
      [...requirements.values()].map(({ provider, constraints }) =>
        `${displayProvider(provider)} ${formatConstraints(constraints)}`.trim(),
      ),
    );
  const said = (severity: string): readonly string[] =>
    once(
      read.diagnostics
        .filter((each) => each.severity === severity)
        .map(({ summary, range }) =>
          range === undefined ? summary : `${range.file}:${range.start.line} ${summary}`,
        ),
    );
  return {
    errors: said('error'),
    warnings: said('warning'),
    total: lines(read.requirements),
    modules: Object.fromEntries(
      read.modules.map(({ address, requirements }) => [address, lines(requirements)]),
    ),
  };
}

/** What comes after the requirements are known, and needs a registry. */
const later = [
  'Failed to query available provider packages',
  'Failed to resolve provider packages',
  'Failed to install provider',
  'Incomplete lock file information for providers',
];

/** About the language, and not about providers. */
const otherMatters = ['Quoted references are deprecated'];

function problemsIn(text: string, severity: 'Error' | 'Warning'): readonly string[] {
  const found: string[] = [];
  const blocks = text.split(/^(?=Error: |Warning: )/mu).slice(1);
  for (const block of blocks) {
    if (!block.startsWith(`${severity}: `)) continue;
    const [head = '', ...rest] = block.split('\n\n');
    const summary = head.slice(severity.length + 2).replaceAll('\n', ' ');
    if (otherMatters.includes(summary)) continue;
    const [, file, line] = /^ {2}on (.+) line (\d+)/u.exec(rest[0] ?? '') ?? [];
    found.push(file === undefined ? summary : `${file}:${line ?? ''} ${summary}`);
  }
  return once(found.filter((each) => !later.includes(each)));
}

function totalIn(text: string): readonly string[] {
  const patterns: readonly [RegExp, (match: RegExpMatchArray) => string][] = [
    [/^- Finding (\S+) versions matching "([^"]*)"/gmu, ([, a = '', c = '']) => `${a} ${c}`],
    [/^- Finding latest version of (\S+?)\.\.\.$/gmu, ([, a = '']) => a],
    [/^- (\S+) is built in to OpenTofu/gmu, ([, a = '']) => a],
  ];
  return once(patterns.flatMap(([pattern, line]) => [...text.matchAll(pattern)].map(line)));
}

/** The tree of `tofu providers`, by the address of the module. */
function modulesIn(text: string): Readonly<Record<string, readonly string[]>> {
  const modules: Record<string, string[]> = { '': [] };
  const path: string[] = [];
  const tree = text.split('Providers required by state:')[0] ?? '';
  for (const line of tree.split('\n')) {
    const [, indent = '', , name = ''] =
      /^((?:│\u00A0{3}|│ {3}| {4}|\u00A0{4}|│\s{3})*)(├── |└── )(.*)$/u.exec(line) ?? [];
    if (name === '') continue;
    const depth = indent.length / 4;
    path.length = depth;
    const [, provider, constraints = ''] = /^provider\[(.*?)\](?: (.*))?$/u.exec(name) ?? [];
    if (provider === undefined) {
      path.push(name);
      modules[addressOf(path)] ??= [];
      continue;
    }
    const shown = provider.replace(/^registry\.opentofu\.org\//u, '');
    (modules[addressOf(path)] ??= []).push(`${shown} ${constraints}`.trim());
  }
  return Object.fromEntries(Object.entries(modules).map(([key, lines]) => [key, once(lines)]));
}

/** What a test itself requires counts as the root module's. */
function addressOf(path: readonly string[]): string {
  const isTest = path.length === 1 && path[0]?.startsWith('test.') === true;
  return isTest ? '' : path.join('.');
}

async function readTheirs(
  tofu: string,
  folder: string,
  { env = {} }: RequirementsCase,
): Promise<Reading> {
  const empty = join(folder, '..', 'mirror');
  await mkdir(empty);
  const config = join(folder, '..', 'tofurc');
  await writeFile(
    config,
    `provider_installation {\n  filesystem_mirror {\n    path = "${empty}"\n  }\n}\n`,
  );
  const options = { cwd: folder, env: { ...env, TF_CLI_CONFIG_FILE: config } };
  const init = await runProgram(
    tofu,
    ['init', '-no-color', '-input=false', '-consolidate-warnings=false'],
    options,
  );
  // As releases before 1.12 print it.
  const text = `${init.stdout}\n${init.stderr}`.replace(
    /^(Error refreshing state): /mu,
    'Error: $1\n\n',
  );
  const errors = problemsIn(text, 'Error');
  const tree =
    errors.length > 0 ? '' : (await runProgram(tofu, ['providers', '-no-color'], options)).stdout;
  return {
    errors,
    warnings: problemsIn(text, 'Warning'),
    total: totalIn(text),
    modules: modulesIn(tree),
  };
}

const withoutPlace = (line: string): string => line.replace(/^\S+:\d+ /u, '');

/** Our lines without their places where theirs have none: saying where is no difference. */
function placedAs(theirs: readonly string[], ours: readonly string[]): readonly string[] {
  return once(
    ours.map((line) => {
      const summary = withoutPlace(line);
      return theirs.includes(summary) ? summary : line;
    }),
  );
}

function isBefore(tofu: string, version: string): boolean {
  const [, minor] = /-1\.(\d+)/u.exec(basename(tofu)) ?? [];
  return minor !== undefined && Number(minor) < Number(version.split('.')[1]);
}

const noTofu = tofus.length === 0 ? ' (skipped: tofu is not on PATH nor named by TOFU_BIN)' : '';

describe.skipIf(tofus.length === 0)(`requirements of configurations${noTofu}`, () => {
  describe.each((tofus.length === 0 ? ['tofu'] : tofus).map((path) => [basename(path), path]))(
    'are those of %s:',
    (_name, tofu) => {
      const cases = requirementsCases.filter(({ since }) => !since || !isBefore(tofu, since));
      it.each(cases.map((each) => [each.title, each] as const))('%s', async (_title, each) => {
        // One folder for each: theirs leaves its record of modules behind.
        const ours = await readOurs(await writeCase(each), each);
        const theirs = await readTheirs(tofu, await writeCase(each), each);
        if (each.inOtherWords === true) {
          expect(ours.errors.length > 0).toBe(theirs.errors.length > 0);
          expect(theirs.errors).not.toEqual([]);
          return;
        }
        if (each.placesVary === true) {
          const said = ({ errors, warnings }: Reading): readonly string[] =>
            once([...errors, ...warnings].map(withoutPlace));
          expect(said(ours)).toEqual(said(theirs));
        } else {
          expect(placedAs(theirs.errors, ours.errors)).toEqual(theirs.errors);
          expect(placedAs(theirs.warnings, ours.warnings)).toEqual(theirs.warnings);
        }
        if (theirs.errors.length > 0) return;
        expect(ours.total).toEqual(theirs.total);
        expect(ours.modules).toEqual(theirs.modules);
      });
    },
  );
});
