import { type Diagnostic, isTofuOciError, type SourceRange } from '../base/index.ts';
import {
  type Location,
  parseConstraints,
  parseHostname,
  parseLocation,
  parsePlatformOption,
  parseProviderAddress,
  type Platform,
  type ProviderAddress,
  repositoryKinds,
  type VersionConstraints,
} from '../domain/index.ts';
import {
  type Attribute,
  type Block,
  type Body,
  evaluate,
  parseHcl,
  type Unknown,
  type Value,
} from '../hcl/index.ts';
import { InvalidMirrorFileError } from './errors.ts';

/** A `provider` block of a mirror file. */
export interface MirrorFileProvider {
  /** One for each of the hosts where the address names none. */
  readonly providers: readonly ProviderAddress[];
  readonly constraints: VersionConstraints | undefined;
  readonly newest: number | undefined;
}

/** What the `mirror` block of a `mirror.hcl` says. */
export interface MirrorFile {
  readonly to: Location | undefined;
  /** Comparison form. Empty where the file names none. */
  readonly hosts: readonly string[];
  /** Undefined for all. */
  readonly platforms: readonly Platform[] | undefined;
  readonly providers: readonly MirrorFileProvider[];
  /** Patterns of folders, from the folder of the file on. */
  readonly configurations: readonly { readonly pattern: string; readonly range: SourceRange }[];
}

/**
 * Reads a mirror file: one `mirror` block, beside `trust` blocks, which are for others to read.
 * @param options.defaultHost of addresses that name no host where `hosts` is not set
 * @throws InvalidMirrorFileError with everything that is wrong, and where
 */
export function parseMirrorFile(
  text: string,
  file: string,
  options: { readonly defaultHost?: string | undefined } = {},
): MirrorFile {
  const { body, diagnostics } = parseHcl(text, file);
  const problems = new FileProblems(diagnostics);
  const [first] = body.blocks.filter(({ type }) => type === 'mirror');
  for (const attribute of body.attributes) problems.unknown('argument', attribute);
  for (const block of body.blocks) {
    if (block.type === 'trust') continue;
    if (block.type !== 'mirror') problems.unknownBlock(block);
    else if (block.labels.length > 0)
      problems.add(block.headerRange, 'A "mirror" block has no name');
    else if (block !== first) problems.add(block.headerRange, 'There is another "mirror" block');
  }
  if (first === undefined) {
    problems.add(body.range, 'The file has no "mirror" block');
  }
  const read = readMirror(first?.body, problems, options.defaultHost);
  problems.finish(file);
  return read;
}

class FileProblems {
  readonly #found: Diagnostic[];
  constructor(found: readonly Diagnostic[]) {
    this.#found = [...found];
  }

  add(range: SourceRange, summary: string, detail = ''): void {
    this.#found.push({ severity: 'error', summary, detail, range });
  }

  unknown(what: string, { name, nameRange }: Attribute): void {
    this.add(nameRange, `Unsupported ${what}`, `There is no ${what} "${name}" here.`);
  }

  unknownBlock({ headerRange, type }: Block): void {
    this.add(headerRange, 'Unsupported block type', `Blocks of type "${type}" do not belong here.`);
  }

  /** What `read` makes of a text; what it throws becomes a problem of that place. */
  attempt<T>(range: SourceRange, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!isTofuOciError(error)) throw error;
      this.add(range, error.message, error.hint ?? '');
      return undefined;
    }
  }

  finish(file: string): void {
    if (this.#found.length > 0) throw new InvalidMirrorFileError(file, this.#found);
  }
}

function readMirror(
  body: Body | undefined,
  problems: FileProblems,
  defaultHost: string | undefined,
): MirrorFile {
  const attributes = new Map(body?.attributes.map((each) => [each.name, each]));
  for (const attribute of attributes.values()) {
    if (!['to', 'hosts', 'platforms'].includes(attribute.name)) {
      problems.unknown('argument', attribute);
    }
  }
  const to = attributes.get('to');
  const location = to && readText(to, problems);
  const list = <T>(name: string, read: (text: string) => T): readonly T[] => {
    const attribute = attributes.get(name);
    if (attribute === undefined) return [];
    return readTexts(attribute, problems).flatMap((text) => {
      const one = problems.attempt(attribute.expression.range, () => read(text));
      return one === undefined ? [] : [one];
    });
  };
  const hosts = list('hosts', parseHostname);
  const platforms = list('platforms', parsePlatformOption);
  const blocks = body?.blocks ?? [];
  const providers = blocks.flatMap((block) =>
    block.type === 'provider' ? readProvider(block, { problems, hosts, defaultHost }) : [],
  );
  const configurations = blocks.flatMap((block) =>
    block.type === 'configuration' ? readConfiguration(block, problems) : [],
  );
  for (const block of blocks) {
    if (block.type !== 'provider' && block.type !== 'configuration') problems.unknownBlock(block);
  }
  return {
    to:
      to === undefined || location === undefined
        ? undefined
        : problems.attempt(to.expression.range, () =>
            parseLocation(location, { kinds: [...repositoryKinds, 'fs'] }),
          ),
    hosts,
    platforms: attributes.has('platforms') ? platforms : undefined,
    providers,
    configurations,
  };
}

interface ProviderContext {
  readonly problems: FileProblems;
  readonly hosts: readonly string[];
  readonly defaultHost: string | undefined;
}

function readProvider(block: Block, context: ProviderContext): readonly MirrorFileProvider[] {
  const { defaultHost, hosts, problems } = context;
  const address = onlyLabel(block, 'the address of a provider', problems);
  for (const inner of block.body.blocks) problems.unknownBlock(inner);
  let constraints: VersionConstraints | undefined;
  let newest: number | undefined;
  for (const attribute of block.body.attributes) {
    const { range } = attribute.expression;
    if (attribute.name === 'versions') {
      const text = readText(attribute, problems);
      constraints =
        text === undefined ? undefined : problems.attempt(range, () => parseConstraints(text));
    } else if (attribute.name === 'newest') {
      newest = readCount(attribute, problems);
    } else {
      problems.unknown('argument', attribute);
    }
  }
  if (address === undefined) return [];
  const parse = (host: string | undefined): ProviderAddress =>
    parseProviderAddress(address, host === undefined ? {} : { defaultHost: host });
  const isFull = address.split('/').length > 2;
  const providers = problems.attempt(block.headerRange, () =>
    isFull || hosts.length === 0 ? [parse(defaultHost)] : hosts.map(parse),
  );
  return providers === undefined ? [] : [{ providers, constraints, newest }];
}

function readConfiguration(block: Block, problems: FileProblems): MirrorFile['configurations'] {
  for (const inner of block.body.blocks) problems.unknownBlock(inner);
  for (const attribute of block.body.attributes) problems.unknown('argument', attribute);
  const pattern = onlyLabel(block, 'a folder, or a pattern of folders', problems);
  return pattern === undefined ? [] : [{ pattern, range: block.headerRange }];
}

function onlyLabel(block: Block, what: string, problems: FileProblems): string | undefined {
  const [label, ...more] = block.labels;
  if (label !== undefined && more.length === 0 && label.value !== '') return label.value;
  problems.add(block.headerRange, `A "${block.type}" block is named by ${what}, and nothing else`);
  return undefined;
}

function readText(attribute: Attribute, problems: FileProblems): string | undefined {
  const value = valueOf(attribute, problems);
  if (typeof value === 'string') return value;
  if (value !== undefined) expected(attribute, 'a text in quotes', problems);
  return undefined;
}

function readTexts(attribute: Attribute, problems: FileProblems): readonly string[] {
  const value = valueOf(attribute, problems);
  if (value === undefined) return [];
  if (Array.isArray(value)) {
    const texts = value.filter((each) => typeof each === 'string');
    if (texts.length === value.length && texts.length > 0) return texts;
  }
  expected(attribute, 'a list of texts, as in ["linux_amd64"]', problems);
  return [];
}

function readCount(attribute: Attribute, problems: FileProblems): number | undefined {
  const value = valueOf(attribute, problems);
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  if (value !== undefined) expected(attribute, 'a whole number from 1 on', problems);
  return undefined;
}

function expected({ expression, name }: Attribute, what: string, problems: FileProblems): void {
  problems.add(expression.range, `Inappropriate value for "${name}"`, `It has to be ${what}.`);
}

/** `{hostname}` is plain text in HCL, and `${hostname}` gives it. */
const placeholders = { hostname: '{hostname}', namespace: '{namespace}', type: '{type}' };

function valueOf(
  { expression, name }: Attribute,
  problems: FileProblems,
): Value | Unknown | undefined {
  const { diagnostics, value } = evaluate(expression, name === 'to' ? placeholders : undefined);
  for (const { detail, range, summary } of diagnostics) {
    problems.add(range ?? expression.range, summary, detail);
  }
  return value;
}
