import { quoted } from '../base/index.ts';
import { type Hcl1Item, type Hcl1Object, withLabels } from '../hcl/index.ts';
import {
  ArgumentProblem,
  boolArgument,
  stringArgument,
  stringsArgument,
} from './block-arguments.ts';
import type {
  OciCredentialsBlock,
  OciCredentialsStyle,
  OciDefaultCredentials,
} from './cli-config.ts';
import { at, type ConfigProblems } from './config-problems.ts';
import { isHelperName } from './helper-name.ts';
import { parsePrefix } from './repository-prefix.ts';

const title = 'Invalid oci_credentials block';
const defaultTitle = 'Invalid oci_default_credentials block';

export interface OciBlockOptions {
  readonly syntax: 'hcl' | 'json';
  readonly problems: ConfigProblems;
}

/** Decodes `oci_credentials "REGISTRY[/path]" {}`; what is wrong is reported and left out. */
export function decodeOciCredentials(
  item: Hcl1Item,
  { syntax, problems }: OciBlockOptions,
): readonly OciCredentialsBlock[] {
  // Only in JSON is a label written as a nested object.
  const blocks = syntax === 'json' ? withLabels(item, 1) : [item];
  return blocks.flatMap((block) => {
    const decoded = decodeBlock(block, problems);
    return decoded === undefined ? [] : [decoded];
  });
}

function decodeBlock(block: Hcl1Item, problems: ConfigProblems): OciCredentialsBlock | undefined {
  const label = block.keys[1]?.name;
  const body = block.value;
  if (label === undefined || block.keys.length !== 2 || block.assigned || body.kind !== 'object') {
    const detail = `The oci_credentials block at ${at(block.pos)} must have one label, giving an OCI repository address prefix.`;
    problems.add(title, detail, block.pos);
    return undefined;
  }
  const where = at(body.pos);
  const parsed = parsePrefix(label);
  if ('why' in parsed) {
    const detail = `The oci_credentials block at ${where} has an invalid block label: ${parsed.why}.`;
    problems.add(title, detail, block.pos);
    return undefined;
  }
  try {
    const style = readStyle(body, parsed.prefix.path);
    if ('credentials' in style) {
      return { label, ...parsed.prefix, credentials: style.credentials };
    }
    for (const why of style.problems) {
      problems.add(title, `The oci_credentials block at ${where} ${why}`, block.pos);
    }
  } catch (error) {
    if (!(error instanceof ArgumentProblem)) throw error;
    const detail = `Invalid oci_credentials block at ${where}: ${error.message}.`;
    problems.add(title, detail, error.pos);
  }
  return undefined;
}

type ReadStyle =
  { readonly credentials: OciCredentialsStyle } | { readonly problems: readonly string[] };

function readStyle(body: Hcl1Object, path: string): ReadStyle {
  const username = stringArgument(body, 'username');
  const password = stringArgument(body, 'password');
  const accessToken = stringArgument(body, 'access_token');
  const refreshToken = stringArgument(body, 'refresh_token');
  const helper = stringArgument(body, 'docker_credentials_helper');
  const isBasic = username !== undefined || password !== undefined;
  const isToken = accessToken !== undefined || refreshToken !== undefined;
  const styles = [isBasic, isToken, helper !== undefined].filter(Boolean).length;
  const groups = 'username+password, access_token+refresh_token, or docker_credentials_helper.';
  if (styles === 0) return { problems: [`must set either ${groups}`] };
  if (styles > 1) return { problems: [`must set only one group out of ${groups}`] };
  if (isBasic) {
    if (username !== undefined && password !== undefined) {
      return { credentials: { kind: 'basic', username, password } };
    }
    const why = 'must set both username and password together when using static credentials.';
    return { problems: [why] };
  }
  if (isToken) {
    if (accessToken !== undefined && refreshToken !== undefined) {
      return { credentials: { kind: 'token', accessToken, refreshToken } };
    }
    const why =
      'must set both access_token and refresh_token together when using OAuth-style credentials.';
    return { problems: [why] };
  }
  return readHelper(helper ?? '', path);
}

function readHelper(helper: string, path: string): ReadStyle {
  const problems: string[] = [];
  if (path !== '') {
    problems.push(
      'cannot set docker_credentials_helper with a repository path: credential helpers only support credentials for whole domains.',
    );
  }
  if (!isHelperName(helper)) problems.push(invalidHelper(helper));
  return problems.length > 0 ? { problems } : { credentials: { kind: 'helper', helper } };
}

function invalidHelper(helper: string): string {
  return `specifies the invalid Docker credential helper name ${quoted(helper)}. Must be a non-empty string that could be used as part of an executable filename.`;
}

export interface OciDefaultsOptions extends OciBlockOptions {
  /** Makes a path absolute, from the folder of the file that has the block. */
  readonly absolute: (path: string) => string;
}

/**
 * Decodes `oci_default_credentials {}`. A block with wrong values still counts, with what could be read; one
 * of the wrong shape does not.
 */
export function decodeOciDefaults(
  block: Hcl1Item,
  { syntax, problems, absolute }: OciDefaultsOptions,
): OciDefaultCredentials | undefined {
  const body = block.value;
  const shape = shapeProblem(block, syntax);
  if (shape !== undefined || body.kind !== 'object') {
    const detail = `The oci_default_credentials block at ${at(block.pos)} ${shape ?? ''}`;
    problems.add(defaultTitle, detail, block.pos);
    return undefined;
  }
  const wrong = (why: string): void => {
    const detail = `The oci_default_credentials block at ${at(body.pos)} ${why}`;
    problems.add(defaultTitle, detail, block.pos);
  };
  try {
    const discoverAmbient = boolArgument(body, 'discover_ambient_credentials') ?? true;
    const listed = stringsArgument(body, 'docker_style_config_files');
    const helper = stringArgument(body, 'docker_credentials_helper');
    const usable = helper === undefined || isHelperName(helper);
    if (!usable) wrong(invalidHelper(helper));
    if (!discoverAmbient && listed !== undefined) {
      wrong(
        'disables discovery of ambient credentials, but also sets docker_style_config_files which is relevant only when ambient credentials discovery is enabled.',
      );
    }
    return {
      discoverAmbient,
      dockerStyleFiles: discoverAmbient ? listed?.map(absolute) : undefined,
      helper: usable ? helper : undefined,
    };
  } catch (error) {
    if (!(error instanceof ArgumentProblem)) throw error;
    const detail = `Invalid oci_default_credentials block at ${at(body.pos)}: ${error.message}.`;
    problems.add(defaultTitle, detail, error.pos);
    return undefined;
  }
}

function shapeProblem(block: Hcl1Item, syntax: OciBlockOptions['syntax']): string | undefined {
  if (syntax === 'json')
    return block.value.kind === 'object' ? undefined : 'must be represented by a JSON object.';
  if (block.assigned || block.value.kind !== 'object') {
    return 'must not be introduced with an equals sign.';
  }
  return block.keys.length > 1 ? 'must not have any labels.' : undefined;
}
