import { quoted } from '../base/index.ts';
import {
  checkOciMirrorTemplate,
  InvalidPatternError,
  parseProviderPattern,
  type ProviderPattern,
  type RepositoryTemplate,
} from '../domain/index.ts';
import type { Hcl1Item, Hcl1Object } from '../hcl/index.ts';
import {
  ArgumentProblem,
  boolArgument,
  integerArgument,
  stringArgument,
  stringsArgument,
} from './block-arguments.ts';
import type { InstallationMethod } from './cli-config.ts';
import { at, type ConfigProblems } from './config-problems.ts';
import { mirrorUrlProblem } from './mirror-url.ts';

export const methodTitle = 'Invalid provider_installation method block';

interface MethodContext {
  readonly body: Hcl1Object;
  /** The `provider_installation` block that the method is in. */
  readonly block: Hcl1Item;
  readonly problems: ConfigProblems;
}

/** Decodes one method block other than `dev_overrides`. @returns undefined after a problem */
export function decodeMethod(
  item: Hcl1Item,
  context: MethodContext,
): InstallationMethod | undefined {
  const { body, block, problems } = context;
  const kind = item.keys[0]?.name ?? '';
  // OpenTofu names the outer block's place here, but the inner one's for oci_mirror.
  const where = at(kind === 'oci_mirror' ? body.pos : block.pos);
  const required = (name: string): string | undefined => {
    const text = stringArgument(body, name) ?? '';
    if (text !== '') return text;
    const detail = `Invalid ${kind} block at ${where}: "${name}" argument is required.`;
    problems.add(methodTitle, detail, item.pos);
    return undefined;
  };
  try {
    switch (kind) {
      case 'direct':
        return scoped(context, { kind, downloadRetries: retries(body) });
      case 'filesystem_mirror': {
        const path = required('path');
        return path === undefined ? undefined : scoped(context, { kind, path });
      }
      case 'network_mirror': {
        const text = required('url');
        const downloadRetries = retries(body);
        const trustAllHashes = boolArgument(body, 'trust_all_hashes') ?? false;
        const url = text === undefined ? undefined : mirrorUrl(text, item, problems);
        if (url === undefined) return undefined;
        return scoped(context, { kind, url, downloadRetries, trustAllHashes });
      }
      case 'oci_mirror': {
        const text = required('repository_template');
        const trustAllHashes = boolArgument(body, 'trust_all_hashes') ?? false;
        if (text === undefined) return undefined;
        const template = checkTemplate(text, context);
        const method = scoped(context, { kind, trustAllHashes });
        return method && template && { ...method, template };
      }
      default: {
        const detail = `Unknown provider installation method ${quoted(kind)} at ${at(item.pos)}.`;
        problems.add(methodTitle, detail, item.pos);
        return undefined;
      }
    }
  } catch (error) {
    if (!(error instanceof ArgumentProblem)) throw error;
    problems.add(methodTitle, `Invalid ${kind} block at ${where}: ${error.message}.`, error.pos);
    return undefined;
  }
}

function retries(body: Hcl1Object): number | undefined {
  return integerArgument(body, 'download_retry_count');
}

type Scope = Pick<InstallationMethod, 'include' | 'exclude'>;

/** Adds `include` and `exclude`; a method whose patterns are wrong is dropped as a whole. */
function scoped<T>(context: MethodContext, method: T): (T & Scope) | undefined {
  const include = patterns('include', context);
  if (include === undefined) return undefined;
  const exclude = patterns('exclude', context);
  return exclude === undefined ? undefined : { ...method, include, exclude };
}

function patterns(
  name: 'include' | 'exclude',
  { body, problems }: MethodContext,
): readonly ProviderPattern[] | undefined {
  try {
    return parsePatterns(body, name);
  } catch (error) {
    if (!(error instanceof InvalidPatternError)) throw error;
    const which = name === 'include' ? 'inclusion' : 'exclusion';
    const detail = `CLI config specifies invalid provider ${which} patterns: ${error.message}.`;
    problems.add(`Invalid provider source ${which} patterns`, detail, body.pos);
    return undefined;
  }
}

function parsePatterns(body: Hcl1Object, name: string): readonly ProviderPattern[] {
  return (stringsArgument(body, name) ?? []).map((text) => parseProviderPattern(text));
}

function checkTemplate(
  text: string,
  { body, problems }: MethodContext,
): RepositoryTemplate | undefined {
  let include: readonly ProviderPattern[] | undefined;
  try {
    include = parsePatterns(body, 'include');
  } catch (error) {
    // Reported where the patterns are read; without them there is less to check.
    if (!(error instanceof InvalidPatternError)) throw error;
  }
  const { template, diagnostics } = checkOciMirrorTemplate(text, { at: at(body.pos), include });
  for (const diagnostic of diagnostics) {
    // Places inside the template are of little use without the place of the block.
    if (diagnostic.range === undefined)
      problems.add(diagnostic.summary, diagnostic.detail, body.pos);
    else problems.addAll([diagnostic]);
  }
  return template;
}

function mirrorUrl(text: string, item: Hcl1Item, problems: ConfigProblems): string | undefined {
  const problem = mirrorUrlProblem(text);
  if (problem === undefined) return text;
  problems.add('Invalid URL for provider installation source', problem, item.pos);
  return undefined;
}
