import { type Diagnostic } from '../base/index.ts';
import {
  evaluate,
  type Expression,
  parseTemplate,
  unknownString,
  variablesIn,
} from '../hcl/index.ts';
import {
  InvalidReferenceError,
  isRepositoryPath,
  parseRepositoryName,
  type RepositoryName,
} from '../spec/index.ts';
import { InvalidTemplateError, templateProblemTitle, UnmappableProviderError } from './errors.ts';
import { formatProviderAddress, type ProviderAddress } from './provider-address.ts';
import {
  formatPieces,
  isTemplateVariable,
  piecesOf,
  readBraces,
  type TemplatePiece,
  type TemplateSpelling,
  type TemplateVariable,
  unknownSymbol,
} from './template-pieces.ts';
import { shown } from './shown.ts';

/** How a provider's address becomes the name of something. */
export interface Template {
  /** As it was written. */
  readonly text: string;
  readonly spelling: TemplateSpelling;
  /** Those that it refers to. */
  readonly variables: ReadonlySet<TemplateVariable>;
  /** Undefined when it is more than text and variables in a row. */
  readonly pieces: readonly TemplatePiece[] | undefined;
}

/** Names a repository for each provider. */
export interface RepositoryTemplate extends Template {
  /** @throws UnmappableProviderError when there is no valid repository for this provider */
  repositoryFor(provider: ProviderAddress): RepositoryName;
}

/** Names a repository's path for each provider, without a registry: as in a folder of layouts. */
export interface PathTemplate extends Template {
  /** @throws UnmappableProviderError when there is no valid path for this provider */
  pathFor(provider: ProviderAddress): string;
}

export interface ParseTemplateOptions {
  /** Names the template in places of problems. */
  readonly file?: string | undefined;
  /** Without it: HCL when the text has `${` or `%{`. */
  readonly spelling?: TemplateSpelling | undefined;
}

const title = templateProblemTitle;
/** What OpenTofu tries a template with. */
export const exampleProvider: ProviderAddress = {
  hostname: 'example.com',
  namespace: 'example-namespace',
  type: 'example-type',
};
export const mustBeAddress =
  'template must generate a valid OCI repository address, including a registry hostname followed by a slash and then a repository name.';

/**
 * Parses `REGISTRY/path/{hostname}/{namespace}/{type}`, or the same as OpenTofu spells it, with `${…}` and
 * the whole of HCL's template language without functions. What is returned works for an example address.
 * @throws InvalidTemplateError with a diagnostic for each problem
 */
export function parseRepositoryTemplate(
  text: string,
  options: ParseTemplateOptions = {},
): RepositoryTemplate {
  const template = repositoryTemplate(compile(text, options));
  refuseHoles(template);
  try {
    template.repositoryFor(exampleProvider);
  } catch (cause) {
    if (!(cause instanceof UnmappableProviderError)) throw cause;
    throw problem(text, mustBeAddress, adviceFor(template) ?? cause.hint);
  }
  return template;
}

/**
 * Parses the same without the registry: `{hostname}/{namespace}/{type}`.
 * @throws InvalidTemplateError
 */
export function parsePathTemplate(text: string, options: ParseTemplateOptions = {}): PathTemplate {
  const compiled = compile(text, options);
  refuseHoles(compiled);
  const template = {
    ...compiled,
    pathFor: (provider: ProviderAddress) => {
      const path = compiled.render(provider);
      if (isRepositoryPath(path)) return path;
      throw unmappable(provider, `invalid reference: invalid repository ${shown(path)}`);
    },
  };
  try {
    template.pathFor(exampleProvider);
  } catch (cause) {
    if (!(cause instanceof UnmappableProviderError)) throw cause;
    throw problem(text, 'template must generate the path of a repository.', cause.hint);
  }
  return template;
}

interface CompiledTemplate extends Template {
  /** @throws UnmappableProviderError */
  render(provider: ProviderAddress): string;
}

/** Syntax, symbols and types only. @throws InvalidTemplateError */
function compile(text: string, options: ParseTemplateOptions): CompiledTemplate {
  const spelling = options.spelling ?? (/[$%]\{/u.test(text) ? 'hcl' : 'braces');
  if (spelling === 'braces') return compileBraces(text);
  const { expression, diagnostics } = parseTemplate(text, options.file ?? '<repository template>');
  if (diagnostics.length > 0) throw new InvalidTemplateError(text, diagnostics);
  const strangers = variablesIn(expression).filter(({ name }) => !isTemplateVariable(name));
  const unknown = strangers.map(({ name, range }): Diagnostic => {
    return { severity: 'error', summary: title, detail: unknownSymbol(name), range };
  });
  if (unknown.length > 0) throw new InvalidTemplateError(text, unknown);
  const typed = evaluate(expression, {
    hostname: unknownString,
    namespace: unknownString,
    type: unknownString,
  });
  if (typed.diagnostics.length > 0) throw new InvalidTemplateError(text, typed.diagnostics);
  const result = renderExpression(expression, exampleProvider);
  if ('diagnostics' in result) {
    throw new InvalidTemplateError(text, result.diagnostics);
  }
  if ('why' in result) throw problem(text, result.why);
  return compiledExpression(text, expression);
}

/** A template whose expression was found sound. */
export function compiledExpression(text: string, expression: Expression): CompiledTemplate {
  const names = variablesIn(expression).map(({ name }) => name);
  return {
    text,
    spelling: 'hcl',
    variables: new Set(names.filter(isTemplateVariable)),
    pieces: piecesOf(expression),
    render: (provider) => {
      const result = renderExpression(expression, provider);
      if ('text' in result) return result.text;
      const why = 'why' in result ? result.why : (result.diagnostics[0]?.detail ?? '');
      throw unmappable(provider, why);
    },
  };
}

export function repositoryTemplate(compiled: CompiledTemplate): RepositoryTemplate {
  return {
    ...compiled,
    repositoryFor: (provider) => parseAddress(compiled.render(provider), provider),
  };
}

type Rendered =
  | { readonly text: string }
  | { readonly why: string }
  | { readonly diagnostics: readonly Diagnostic[] };

/** The value of a template for one provider, turned into text as HCL does. */
export function renderExpression(expression: Expression, provider: ProviderAddress): Rendered {
  const { hostname, namespace, type } = provider;
  const { value, diagnostics } = evaluate(expression, { hostname, namespace, type });
  if (diagnostics.length > 0) return { diagnostics };
  if (value === null) return { why: 'template must not produce a null value.' };
  if (typeof value === 'string') return { text: value };
  if (typeof value === 'number' || typeof value === 'boolean') return { text: String(value) };
  return { why: 'template must produce a string value.' };
}

function compileBraces(text: string): CompiledTemplate {
  const read = readBraces(text);
  if ('problems' in read) {
    throw new InvalidTemplateError(
      text,
      read.problems.map((detail) => ({ severity: 'error', summary: title, detail })),
      { hint: 'The variables are {hostname}, {namespace} and {type}.' },
    );
  }
  const { pieces } = read;
  const used = pieces.flatMap((piece) => ('variable' in piece ? [piece.variable] : []));
  return {
    text,
    spelling: 'braces',
    variables: new Set(used),
    pieces,
    render: (provider) =>
      pieces
        .map((piece) => ('literal' in piece ? piece.literal : provider[piece.variable]))
        .join(''),
  };
}

/** `registry.example.com/tf///` is what a shell makes of `${hostname}` in double quotes. */
function refuseHoles({ text, spelling, pieces }: Template): void {
  if (pieces === undefined) return;
  const outline = formatPieces(pieces, 'braces');
  if (outline !== '' && !/^\/|\/\/|\/$/u.test(outline)) return;
  const write =
    spelling === 'hcl' ? 'single quotes around the template' : '{hostname}, {namespace} and {type}';
  throw problem(
    text,
    'template has an empty segment, as if a variable were missing.',
    `Did your shell expand it? Use ${write}: registry.example.com/tf/{hostname}/{namespace}/{type}.`,
  );
}

const singleQuotes = `Did your shell expand it? Put it into single quotes: 'registry.example.com/tf/{hostname}/{namespace}/{type}'.`;

/** What people write most often that is no template. */
function adviceFor({ pieces, text, variables }: Template): string | undefined {
  // `ghcr.io/acme/provider--` is what a shell makes of `…/provider-${namespace}-${type}`.
  if (variables.size === 0) return singleQuotes;
  const suffix = /(?::[\w.-]+|@[^/]*)$/u.exec(pieces === undefined ? '' : text)?.[0];
  return suffix === undefined
    ? undefined
    : `Leave out "${suffix}": a location names repositories, and every version becomes a tag in them.`;
}

function parseAddress(address: string, provider: ProviderAddress): RepositoryName {
  try {
    return parseRepositoryName(address);
  } catch (cause) {
    if (!(cause instanceof InvalidReferenceError)) throw cause;
    throw unmappable(provider, reasonOf(address), cause);
  }
}

/** In the words in which OpenTofu refuses such an address. */
function reasonOf(address: string): string {
  const slash = address.indexOf('/');
  const registry = slash < 0 ? address : address.slice(0, slash);
  const path = slash < 0 ? '' : address.slice(slash + 1);
  const untagged = path.replace(/@.*$|:[^/:]*$/u, '');
  if (untagged !== path && isRepositoryPath(untagged)) {
    return 'invalid reference: artifact tag or digest not allowed';
  }
  return isRepositoryPath(path)
    ? `invalid reference: invalid registry ${shown(registry)}`
    : `invalid reference: invalid repository ${shown(path)}`;
}

function unmappable(
  provider: ProviderAddress,
  why: string,
  cause?: InvalidReferenceError,
): UnmappableProviderError {
  const hasPort = provider.hostname.includes(':');
  const hint = hasPort
    ? 'The host of this provider has a port, which the path of a repository can not hold: leave {hostname} out of the path.'
    : 'The path of a repository has only lower-case ASCII letters, digits, and ".", "_", "-" between them.';
  return new UnmappableProviderError(formatProviderAddress(provider), why, { cause, hint });
}

function problem(text: string, detail: string, hint?: string): InvalidTemplateError {
  return new InvalidTemplateError(text, [{ severity: 'error', summary: title, detail }], { hint });
}
