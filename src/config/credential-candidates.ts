import type { RepositoryName } from '../spec/index.ts';
import type { CliConfig, OciCredentialsBlock } from './cli-config.ts';
import type { DockerAuth, DockerConfig } from './docker-config.ts';
import {
  anyRegistry,
  looseName,
  oneRegistry,
  parseLooseKey,
  parsePrefix,
  type RepositoryPrefix,
  specificity,
} from './repository-prefix.ts';

/** What is sent to a registry. The same shape as the client of registries asks for. */
export type OciLogin =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** A refresh token: only ever sent to the registry's token server. */
  | { readonly kind: 'identity-token'; readonly refreshToken: string }
  | { readonly kind: 'access-token'; readonly token: string };

/** One place that may have credentials. */
export interface Candidate {
  /** For messages: where it stands, never what it holds. */
  readonly source: string;
  readonly provides: { readonly login: OciLogin } | { readonly helper: string };
  /** How closely it is made for a repository, by OpenTofu's rules; 0 when not at all. */
  strict(repository: RepositoryName): number;
  /** The same by our broader rules. */
  loose(repository: RepositoryName): number;
}

/** The credentials that the CLI configuration itself has, in its order. */
export function configuredCandidates(
  config: Pick<CliConfig, 'ociCredentials' | 'ociDefaultCredentials'>,
): readonly Candidate[] {
  const blocks = config.ociCredentials.map((block): Candidate => {
    const match = (repository: RepositoryName): number => specificity(block, repository);
    const source = `oci_credentials ${JSON.stringify(block.label)} block of the CLI configuration`;
    return { source, provides: provided(block), strict: match, loose: match };
  });
  const helper = config.ociDefaultCredentials?.helper;
  if (helper === undefined) return blocks;
  const always = (): number => anyRegistry;
  const source = `docker-credential-${helper}, by the oci_default_credentials block of the CLI configuration`;
  return [...blocks, { source, provides: { helper }, strict: always, loose: always }];
}

function provided({ credentials }: OciCredentialsBlock): Candidate['provides'] {
  switch (credentials.kind) {
    case 'basic':
      return { login: credentials };
    case 'token':
      // As OpenTofu does: the refresh token would only matter after the other one expired.
      return { login: { kind: 'access-token', token: credentials.accessToken } };
    case 'helper':
      return { helper: credentials.helper };
  }
}

export interface FileCandidatesOptions {
  /** The file's name for messages. */
  readonly file: string;
  /** OpenTofu does not read this file. */
  readonly ours: boolean;
}

/** The credentials of one Docker-style file: its `auths` before its helpers. */
export function fileCandidates(
  config: DockerConfig,
  { file, ours }: FileCandidatesOptions,
): readonly Candidate[] {
  const never = (): number => 0;
  const auths = config.auths.map((auth): Candidate => {
    return {
      source: `auths entry ${JSON.stringify(auth.key)} in ${file}`,
      provides: { login: auth.login },
      strict: ours ? never : strictAuth(auth),
      loose: looseKey(auth.key),
    };
  });
  const helpers = [...config.helpers].map(([key, helper]): Candidate => {
    return {
      source: `docker-credential-${helper}, by credHelpers in ${file}`,
      provides: { helper },
      strict: ours ? never : ({ registry }) => (registry === key ? oneRegistry : 0),
      loose: looseKey(key),
    };
  });
  const { store } = config;
  if (store === undefined) return [...auths, ...helpers];
  const always = (): number => anyRegistry;
  const source = `docker-credential-${store}, by credsStore in ${file}`;
  const strict = ours ? never : always;
  return [...auths, ...helpers, { source, provides: { helper: store }, strict, loose: always }];
}

function strictAuth({ key, ours }: DockerAuth): Candidate['strict'] {
  const parsed = parsePrefix(key);
  return 'why' in parsed || ours ? () => 0 : matching(parsed.prefix);
}

function looseKey(key: string): Candidate['loose'] {
  const prefix = parseLooseKey(key);
  if (prefix === undefined) return () => 0;
  return (repository) => specificity(prefix, looseName(repository));
}

function matching(prefix: RepositoryPrefix): (repository: RepositoryName) => number {
  return (repository) => specificity(prefix, repository);
}

/** The most specific of them, the first among equals. */
export function mostSpecific(
  candidates: readonly Candidate[],
  match: (candidate: Candidate) => number,
): Candidate | undefined {
  let best: Candidate | undefined;
  let bestMatch = 0;
  for (const candidate of candidates) {
    const thisMatch = match(candidate);
    if (thisMatch <= bestMatch) continue;
    best = candidate;
    bestMatch = thisMatch;
  }
  return best;
}
