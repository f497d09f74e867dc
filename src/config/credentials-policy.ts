import {
  type CallOptions,
  type Diagnostic,
  type Files,
  nodeFiles,
  SingleFlight,
} from '../base/index.ts';
import { formatRepositoryName, type RepositoryName } from '../spec/index.ts';
import type { CliConfig } from './cli-config.ts';
import {
  type Candidate,
  configuredCandidates,
  fileCandidates,
  mostSpecific,
  type OciLogin,
} from './credential-candidates.ts';
import { type AskHelper, createHelperAsker, type HelperAnswer } from './credential-helper.ts';
import { dockerConfigLocations } from './docker-config-locations.ts';
import { readDockerFile } from './docker-config-file.ts';
import type { DockerConfig } from './docker-config.ts';
import { CredentialFileError, CredentialHelperError } from './errors.ts';
import { helperServers } from './login-target.ts';
import { displayPath, type Surroundings } from './surroundings.ts';

export interface FoundLogin {
  readonly login: OciLogin;
  /** Where it came from, or why there is none; for messages, never with the secret in it. */
  readonly source: string;
}

/** A place that has credentials for a repository, or a helper to ask for them. */
export interface CredentialMatch {
  /** As in {@link FoundLogin}. */
  readonly source: string;
  readonly kind: OciLogin['kind'] | 'helper';
  /** 1 for any registry, 2 for this registry, and one more for each segment of a path; the highest wins. */
  readonly specificity: number;
  /** OpenTofu finds it, too. */
  readonly isSeenByOpenTofu: boolean;
}

/** Which credentials belong to which repository. */
export interface CredentialsPolicy {
  /**
   * Chooses as OpenTofu does: the most specific match wins, the first among equals, and a match that fails is
   * not replaced by the next one. Only where OpenTofu would go without credentials are our broader rules tried.
   * @throws CredentialHelperError
   */
  credentialsFor(repository: RepositoryName, options?: CallOptions): Promise<FoundLogin>;
  /**
   * Every place that has something for the repository, the one that is asked first in front. Runs no helper, so
   * some of them may turn out to be empty.
   */
  matches(repository: RepositoryName): readonly CredentialMatch[];
  /** Warnings about files that were left out. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface PolicyOptions extends CallOptions {
  readonly config: Pick<CliConfig, 'ociCredentials' | 'ociDefaultCredentials'>;
  readonly files?: Files | undefined;
  readonly askHelper?: AskHelper | undefined;
}

/**
 * Gathers credentials from the CLI configuration and the files of Docker and Podman.
 * @throws CredentialFileError when a file that the configuration lists can not be used. One bad ambient file
 *   loses only itself, with a warning (OpenTofu drops all of them silently).
 */
export async function loadCredentialsPolicy(
  surroundings: Surroundings,
  options: PolicyOptions,
): Promise<CredentialsPolicy> {
  const { config, files = nodeFiles } = options;
  const askHelper = options.askHelper ?? createHelperAsker(surroundings, { files });
  const fromFiles = await readFiles(surroundings, { ...options, files });
  const candidates = [...configuredCandidates(config), ...fromFiles.candidates];
  return {
    diagnostics: fromFiles.diagnostics,
    credentialsFor: chooser(candidates, askHelper),
    matches: (repository) => matchesOf(candidates, repository),
  };
}

interface ReadFiles {
  readonly candidates: readonly Candidate[];
  readonly diagnostics: readonly Diagnostic[];
}

type FilesOptions = PolicyOptions & { readonly files: Files };

async function readFiles(surroundings: Surroundings, options: FilesOptions): Promise<ReadFiles> {
  const defaults = options.config.ociDefaultCredentials;
  const candidates: Candidate[] = [];
  const diagnostics: Diagnostic[] = [];
  const use = (config: DockerConfig, path: string, ours: boolean): void => {
    const file = displayPath(path, surroundings);
    candidates.push(...fileCandidates(config, { file, ours }));
    for (const remark of config.remarks) diagnostics.push(warning(file, remark));
  };
  if (defaults?.discoverAmbient === false) return { candidates, diagnostics };
  if (defaults?.dockerStyleFiles !== undefined) {
    for (const path of defaults.dockerStyleFiles) {
      const read = await readDockerFile(path, options);
      if ('why' in read) throw new CredentialFileError(path, read.why);
      use(read.config, path, false);
    }
    return { candidates, diagnostics };
  }
  for (const { path, ours } of dockerConfigLocations(surroundings)) {
    const read = await readDockerFile(path, options);
    if ('config' in read) use(read.config, path, ours);
    else if (!read.absent) diagnostics.push(warning(displayPath(path, surroundings), read.why));
  }
  return { candidates, diagnostics };
}

function matchesOf(
  candidates: readonly Candidate[],
  repository: RepositoryName,
): readonly CredentialMatch[] {
  const found = candidates.flatMap((candidate): readonly CredentialMatch[] => {
    const { provides, source } = candidate;
    const strict = candidate.strict(repository);
    const specificity = strict > 0 ? strict : candidate.loose(repository);
    if (specificity === 0) return [];
    const kind = 'helper' in provides ? 'helper' : provides.login.kind;
    return [{ source, kind, specificity, isSeenByOpenTofu: strict > 0 }];
  });
  // Sorting is stable: equals stay in the order in which they are looked at.
  return found.sort(
    (a, b) =>
      Number(b.isSeenByOpenTofu) - Number(a.isSeenByOpenTofu) || b.specificity - a.specificity,
  );
}

function warning(file: string, why: string): Diagnostic {
  return {
    severity: 'warning',
    summary: 'Unusable container registry credentials',
    detail: `In ${file}: ${why}. What can not be used there is passed over.`,
  };
}

function chooser(
  candidates: readonly Candidate[],
  askHelper: AskHelper,
): CredentialsPolicy['credentialsFor'] {
  // Many repositories of one registry are asked about at once; the helper's answer is the same for all.
  const asking = new SingleFlight<HelperAnswer | undefined>();
  const resolve = async (
    { provides }: Candidate,
    { registry }: RepositoryName,
    options: CallOptions,
  ): Promise<OciLogin> => {
    if ('login' in provides) return provides.login;
    const { helper } = provides;
    const answer = await asking.run(`${helper} ${registry}`, () => {
      return askForRegistry(askHelper, { helper, registry, ...options });
    });
    if (answer === undefined) return { kind: 'anonymous' };
    const { username, secret } = answer;
    return username === '<token>'
      ? { kind: 'identity-token', refreshToken: secret }
      : { kind: 'basic', username, password: secret };
  };
  return async (repository, options = {}) => {
    const first = mostSpecific(candidates, (candidate) => candidate.strict(repository));
    if (first !== undefined) {
      const login = await resolve(first, repository, options);
      if (login.kind !== 'anonymous') return { login, source: first.source };
    }
    const second = mostSpecific(
      candidates.filter((candidate) => candidate !== first),
      (candidate) => (candidate.strict(repository) > 0 ? 0 : candidate.loose(repository)),
    );
    if (second !== undefined) {
      const login = await resolve(second, repository, options);
      if (login.kind !== 'anonymous') return { login, source: second.source };
    }
    const asked = [first, second].flatMap((each) => (each === undefined ? [] : [each.source]));
    const name = formatRepositoryName(repository);
    return {
      login: { kind: 'anonymous' },
      source:
        asked.length === 0
          ? `no credentials are configured for ${name}`
          : `${asked.join(' and ')}: none for ${repository.registry}`,
    };
  };
}

interface HelperQuestion extends CallOptions {
  readonly helper: string;
  readonly registry: string;
}

/**
 * Asks by OpenTofu's name for a registry, then by those under which `docker login` stores: helpers that
 * compare names as they are (`pass`, `secretservice`) know only these.
 */
async function askForRegistry(
  askHelper: AskHelper,
  { helper, registry, signal }: HelperQuestion,
): Promise<HelperAnswer | undefined> {
  const [first, second] = helperServers(registry);
  const answer = await askHelper(helper, first, { signal });
  if (answer !== undefined) return answer;
  try {
    return await askHelper(helper, second, { signal });
  } catch (error) {
    // The first answer was a good one: there are none.
    if (error instanceof CredentialHelperError && error.failure === 'failed') return undefined;
    throw error;
  }
}
