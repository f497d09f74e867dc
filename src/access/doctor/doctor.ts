import {
  type CallOptions,
  type ErrorCategory,
  exitCodeOf,
  type Files,
  gravestExitCode,
  isTofuOciError,
} from '../../base/index.ts';
import {
  CredentialHelperError,
  type CredentialsPolicy,
  findCliConfig,
  loadCliConfig,
  loadCredentialsPolicy,
  type PolicyOptions,
  type Surroundings,
} from '../../config/index.ts';
import type { ProviderAddress } from '../../domain/index.ts';
import type { RepositoryName } from '../../spec/index.ts';
import { ProblemsFoundError } from '../errors.ts';
import type { RegistryPower } from '../registry-power.ts';
import { type Check, type CheckStatus, failedCheck, type Tell } from './check.ts';
import { checkConfiguration, type FoundConfiguration } from './check-configuration.ts';
import { checkCredentials } from './check-credentials.ts';
import { checkEnvironment } from './check-environment.ts';
import { type ProviderRepository, repositoriesAt } from './check-location.ts';
import { checkReading } from './check-reading.ts';
import { checkConnection, tellTokens } from './check-registry.ts';
import { checkWriting, type ProviderTypes } from './check-writing.ts';
import type { ProductId } from './products.ts';
import { explainFailure } from './tell-failure.ts';
import { probeProvider, type Target, targetsOf } from './targets.ts';

export interface DoctorRequest {
  /** As the user wrote it; else what the CLI configuration installs from is tried. */
  readonly location: string | undefined;
  /** Whether something may be pushed there. */
  readonly write: boolean;
  /** Providers whose repositories are to be tried, and no others; the first one's is written to. */
  readonly named?: readonly ProviderAddress[] | undefined;
  /** Providers that are probably there; tried first. */
  readonly providers: readonly ProviderAddress[];
}

export interface DoctorPowers {
  readonly surroundings: Surroundings;
  readonly files: Files;
  readonly askHelper?: PolicyOptions['askHelper'];
  /** Turns a path that the user wrote into an absolute one. */
  readonly resolve: (path: string) => string;
  /** A client that takes credentials from the policy. */
  openRegistries(policy: CredentialsPolicy): Promise<RegistryPower>;
  readonly types: ProviderTypes;
}

export interface DoctorSummary {
  readonly checks: number;
  readonly warnings: number;
  readonly problems: number;
  /** To end the command with, when there are problems. */
  readonly error: ProblemsFoundError | undefined;
}

/**
 * Looks at everything between this machine and its registries, one check after the other, and says of each what it
 * found and what to do about it. Changes nothing, unless writing is allowed. What one check finds does not stop
 * the next, unless nothing could come of it.
 * @throws only the reason of an abort, and what "can not happen"
 */
export async function doctor(
  request: DoctorRequest,
  powers: DoctorPowers,
  options: CallOptions & { readonly onCheck?: (check: Check) => void } = {},
): Promise<DoctorSummary> {
  const checks: Check[] = [];
  const tell: Tell = (check) => {
    checks.push(check);
    options.onCheck?.(check);
  };
  await examine(request, powers, { tell, signal: options.signal });
  const count = (status: CheckStatus): number =>
    checks.filter((check) => check.status === status).length;
  return {
    checks: checks.length,
    warnings: count('warning'),
    problems: count('problem'),
    error: gravest(checks.filter(({ status }) => status === 'problem')),
  };
}

interface Examination extends CallOptions {
  readonly tell: Tell;
}

async function examine(
  request: DoctorRequest,
  powers: DoctorPowers,
  { signal, tell }: Examination,
): Promise<void> {
  const found = await readConfiguration(powers, signal);
  checkConfiguration(found, tell);
  await checkEnvironment(powers.surroundings, { ...powers, signal }, tell);
  const targets = await targetsOf(request.location, { found, ...powers }, tell);
  if (targets.length === 0) return;
  const policy = await openPolicy(found, powers, { tell, signal });
  if (policy === undefined) return;
  let power;
  try {
    power = await powers.openRegistries(policy);
  } catch (error) {
    signal?.throwIfAborted();
    tell(failedCheck('connection', 'no registry can be asked', error));
    return;
  }
  try {
    for (const target of targets) {
      await examineTarget(target, { request, powers, policy, power, tell, signal });
    }
  } finally {
    power.close();
  }
}

interface TargetExamination extends Examination {
  readonly request: DoctorRequest;
  readonly powers: DoctorPowers;
  readonly policy: CredentialsPolicy;
  readonly power: RegistryPower;
}

async function examineTarget(target: Target, all: TargetExamination): Promise<void> {
  const { policy, power, powers, request, signal, tell } = all;
  const { registry } = target;
  const repositories: readonly ProviderRepository[] =
    target.location === undefined ? [] : repositoriesAt(target.location, request, tell);
  const met = await checkConnection({ power, registry, signal }, tell);
  const product = met?.product;
  const first = repositories[0]?.repository;
  const label = first === undefined ? registry : undefined;
  const whose: RepositoryName = first ?? { registry, path: 'x' };
  const { wantsLogin } = met ?? {};
  await checkCredentials(whose, { policy, product, label, signal, wantsLogin }, tell);
  if (met === undefined) return;
  if (target.location === undefined) await checkPassword(whose, all, product);
  const common = { power, registry, ...met, signal };
  const { types } = powers;
  await checkReading({ ...common, repositories, providerType: types.provider }, tell);
  if (!request.write || target.location === undefined) return;
  const repository = target.location.template.repositoryFor(request.named?.[0] ?? probeProvider);
  await checkWriting({ ...common, repository, types }, tell);
}

/** Where no repository is known, the door is all that can be tried. */
async function checkPassword(
  repository: RepositoryName,
  { policy, power, signal, tell }: TargetExamination,
  product: ProductId | undefined,
): Promise<void> {
  const topic = 'authentication';
  const what = `the login to ${repository.registry}`;
  power.takeSeen();
  try {
    const { login } = await policy.credentialsFor(repository, { signal });
    if (login.kind !== 'basic') return;
    const verdict = await power.checkLogin(repository, login, { signal });
    tellTokens(power.takeSeen(), tell);
    const text = verdict === 'accepted' ? 'it takes the login' : 'it lets in everybody at its door';
    tell({ topic, status: 'ok', text });
  } catch (error) {
    signal?.throwIfAborted();
    // That of a helper was told with the credentials.
    if (!isTofuOciError(error)) throw error;
    if (error instanceof CredentialHelperError) return;
    tell(explainFailure({ topic, what, error, seen: power.takeSeen(), product, repository }));
  }
}

async function readConfiguration(
  { files, surroundings }: DoctorPowers,
  signal: AbortSignal | undefined,
): Promise<FoundConfiguration> {
  const locations = await findCliConfig(surroundings, files);
  const loaded = await loadCliConfig(surroundings, { files, signal });
  const isThere =
    locations.mainFile !== undefined &&
    (await files.stat(locations.mainFile).then(
      (status) => status.isFile(),
      () => false,
    ));
  return { ...loaded, locations, isThere, surroundings };
}

async function openPolicy(
  { config }: FoundConfiguration,
  { askHelper, files, surroundings }: DoctorPowers,
  { signal, tell }: Examination,
): Promise<CredentialsPolicy | undefined> {
  try {
    const policy = await loadCredentialsPolicy(surroundings, { config, files, askHelper, signal });
    for (const { detail } of policy.diagnostics) {
      const advice =
        'OpenTofu drops every such file when one of them is damaged: correct it, or remove it.';
      tell({ topic: 'credentials', status: 'warning', text: detail, advice });
    }
    return policy;
  } catch (error) {
    signal?.throwIfAborted();
    if (!isTofuOciError(error)) throw error;
    tell(failedCheck('credentials', 'no credentials can be used', error));
    return undefined;
  }
}

function gravest(problems: readonly Check[]): ProblemsFoundError | undefined {
  if (problems.length === 0) return undefined;
  const errors = problems.map(
    ({ category = 'remote' }: { category?: ErrorCategory | undefined }) => {
      return new ProblemsFoundError(problems.length, category);
    },
  );
  const code = gravestExitCode(errors.map(exitCodeOf));
  return errors.find((error) => exitCodeOf(error) === code);
}
