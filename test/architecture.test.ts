import { readdirSync, readFileSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

/**
 * The walls of the house (docs/architecture.md): which room may import which, through the doors only,
 * and which packages each room may use. A room that is not in the table may not exist.
 */
const roomTable: Readonly<Record<string, readonly string[]>> = {
  base: [],
  hcl: ['base'],
  spec: ['base'],
  domain: ['base', 'hcl', 'spec'],
  artifact: ['base', 'domain', 'spec'],
  content: ['base', 'spec'],
  http: ['base'],
  archive: ['base', 'domain'],
  config: ['base', 'hcl', 'domain', 'spec'],
  requirements: ['base', 'hcl', 'domain'],
  oci: ['base', 'spec', 'content', 'http'],
  origin: ['base', 'domain', 'http'],
  signatures: ['base', 'domain', 'hcl'],
  release: ['base', 'domain', 'spec', 'artifact', 'content', 'signatures'],
  'server/answers': ['base', 'spec', 'content'],
  'server/registry': ['base', 'spec', 'content', 'server/answers'],
  sources: [
    'base',
    'domain',
    'spec',
    'artifact',
    'content',
    'archive',
    'origin',
    'signatures',
    'release',
  ],
  install: ['base', 'domain', 'archive', 'signatures', 'sources'],
  publish: [
    'base',
    'domain',
    'spec',
    'artifact',
    'content',
    'archive',
    'origin',
    'signatures',
    'release',
    'sources',
  ],
  access: ['base', 'domain', 'spec', 'config', 'content'],
  // What is a blob there, and how it is answered, is the same for all faces of the server (docs/adr/0007).
  'server/gateway': [
    'base',
    'domain',
    'spec',
    'artifact',
    'content',
    'signatures',
    'release',
    'server/answers',
  ],
  'server/web': [
    'base',
    'domain',
    'artifact',
    'content',
    'signatures',
    'release',
    'server/answers',
    'server/gateway',
  ],
  launch: ['base', 'domain', 'config', 'server/answers', 'server/gateway'],
  // The composition of the server opens the storage that the registry serves (docs/adr/0004), and gives the
  // gateway a shelf over it (docs/adr/0007).
  server: [
    'base',
    'domain',
    'content',
    'release',
    'signatures',
    'server/answers',
    'server/registry',
    'server/gateway',
    'server/web',
  ],
  cli: ['*'],
};

/** The facade and nothing else stands outside the rooms. */
const outsideRooms = new Set(['index.ts']);

const packageTable: Readonly<Record<string, readonly string[]>> = {
  content: ['p-limit'],
  archive: ['yazl'],
  config: ['valibot', 'write-file-atomic'],
  oci: ['valibot'],
  origin: ['valibot'],
  signatures: ['openpgp'],
  install: ['p-limit', 'write-file-atomic'],
  publish: ['p-limit'],
  'server/registry': ['p-limit'],
  'server/gateway': ['hono'],
  'server/web': ['hono'],
  server: ['@peculiar/x509', 'bcryptjs', 'reflect-metadata'],
  cli: ['commander', 'log-update', 'picocolors', 'tinyglobby', 'write-file-atomic'],
};

const pureRooms = new Set(['hcl', 'spec', 'domain', 'artifact']);
/** What pure code may take from Node: computing, no reaching out. */
const pureBuiltins = new Set(['node:crypto', 'node:url', 'node:buffer']);

const root = resolve(import.meta.dirname, '..');
const source = join(root, 'src');
const rooms = Object.keys(roomTable).sort((a, b) => b.length - a.length);

function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) return filesBelow(path);
    return name.endsWith('.ts') ? [path] : [];
  });
}

function roomOf(path: string): string | undefined {
  const inside = relative(source, path).split(sep).join('/');
  return rooms.find((room) => inside.startsWith(`${room}/`));
}

interface ImportLine {
  readonly from: string;
  readonly specifier: string;
  readonly line: number;
}

function importsOf(path: string): ImportLine[] {
  const text = readFileSync(path, 'utf8');
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName, pos }) => ({
    from: path,
    specifier: fileName,
    line: text.slice(0, pos).split('\n').length,
  }));
}

/** Why the import is not allowed, or undefined when it is. */
function complaint(line: ImportLine, isTest: boolean): string | undefined {
  const room = roomOf(line.from);
  if (room === undefined) return undefined;
  if (line.specifier.startsWith('.')) {
    const target = resolve(dirname(line.from), line.specifier);
    const inTests = relative(join(root, 'test'), target);
    if (isTest && !inTests.startsWith('..')) return undefined;
    const targetRoom = roomOf(target);
    if (targetRoom === undefined) return 'it leads outside every room';
    if (targetRoom === room) return undefined;
    const allowed = roomTable[room] ?? [];
    if (!isTest && !allowed.includes('*') && !allowed.includes(targetRoom)) {
      return `${room} may not know ${targetRoom}`;
    }
    const door = join(source, targetRoom, 'index.ts');
    return target === door ? undefined : `the only door of ${targetRoom} is its index.ts`;
  }
  if (isBuiltin(line.specifier)) {
    if (!line.specifier.startsWith('node:')) return 'write node: before the name of a Node module';
    if (isTest || !pureRooms.has(room) || pureBuiltins.has(line.specifier)) return undefined;
    return `${room} is pure`;
  }
  if (isTest) return undefined;
  const packageName = line.specifier
    .split('/')
    .slice(0, line.specifier.startsWith('@') ? 2 : 1)
    .join('/');
  if ((packageTable[room] ?? []).includes(packageName)) return undefined;
  return `${packageName} is not on the list of packages of ${room}`;
}

const files = filesBelow(source);

describe('architecture', () => {
  it('has every source file in a room of the table', () => {
    const homeless = files
      .filter((path) => roomOf(path) === undefined)
      .map((path) => relative(source, path))
      .filter((path) => !outsideRooms.has(path));
    expect(homeless).toEqual([]);
  });

  it('imports only what the table allows, through the doors', () => {
    const complaints = files.flatMap((path) => {
      const isTest = path.endsWith('.test.ts');
      return importsOf(path).flatMap((line) => {
        const why = complaint(line, isTest);
        const place = `${relative(root, path)}:${String(line.line)}`;
        return why === undefined ? [] : [`${place} imports ${line.specifier}: ${why}`];
      });
    });
    expect(complaints).toEqual([]);
  });

  it('gives each room that exists a door', () => {
    const made = new Set(files.map(roomOf).filter((room) => room !== undefined));
    const doorless = [...made]
      .filter((room) => room !== 'cli')
      .filter((room) => {
        return !files.includes(join(source, room, 'index.ts'));
      });
    expect(doorless).toEqual([]);
  });

  it('has doors that only re-export', () => {
    const offending = files
      .filter((path) => path.endsWith(`${sep}index.ts`))
      .filter((path) => {
        const parsed = ts.createSourceFile(
          path,
          readFileSync(path, 'utf8'),
          ts.ScriptTarget.ES2023,
        );
        return !parsed.statements.every((statement) => ts.isExportDeclaration(statement));
      })
      .map((path) => relative(root, path));
    expect(offending).toEqual([]);
  });
});
