import { resolve } from 'node:path';
import type { Command } from 'commander';
import { mapBounded, nodeFiles } from '../../base/index.ts';
import { formatProviderAddress, formatVersion } from '../../domain/index.ts';
import type { MirroredProvider, SurveyFailure } from '../../publish/index.ts';
import type { TrustPolicy } from '../../signatures/index.ts';
import { openCopySource } from '../copy-places.ts';
import { NothingToMirrorError } from '../errors.ts';
import { failAsGravest } from '../fail-as-gravest.ts';
import { addFolder } from '../mirror/folder-wants.ts';
import { isFolder, refuseBuiltIn } from '../mirror/request.ts';
import { Wants } from '../mirror/wants.ts';
import { openOriginClients } from '../open-origins.ts';
import { concurrencyOption, trustOption } from '../options.ts';
import { originSettings } from '../origin-settings.ts';
import type { CommandContext } from '../program.ts';
import type { Looked } from '../trust/origin-signers.ts';
import { proposedRules } from '../trust/proposed-rules.ts';
import type { JudgedRelease } from '../trust/signer-status.ts';
import { addToTrustFile, trustTextIfAny } from '../trust/write-file.ts';
import { readTrustText, type TrustFile } from '../trust-file.ts';
import { UsageError } from '../usage-error.ts';
import { renderDiagnostic } from '../views/diagnostics.ts';
import { renderFailure } from '../views/failures.ts';
import { showDiagnosed } from '../views/show-diagnosed.ts';
import { trustView } from '../views/trust.ts';
import { globalOptions, openWiring, type Wiring } from '../wire.ts';

interface TrustFlags {
  readonly from?: string;
  readonly trust?: string;
  readonly write?: boolean;
  readonly concurrency: number;
}

/** Only small documents are asked for. */
const defaultConcurrency = 6;

export function addTrustCommand(program: Command, context: CommandContext): void {
  program
    .command('trust')
    .summary('show who signs providers, and pin their keys')
    .description(
      'Shows which keys sign the providers that configurations need, with fingerprint, user ID and expiry, and whether they are pinned in the trust file. Of each provider the locked versions, else the newest one is looked at. No package is fetched.',
    )
    .argument(
      '[folder-or-address...]',
      'folder of a configuration (begins with . or /), or provider, as in hashicorp/aws or "hashicorp/aws@~> 5.0"; without any the current folder',
    )
    .option(
      '--from <location>',
      'what the evidence in a mirror says; default the registries of the addresses',
    )
    .addOption(trustOption())
    .option('--write', 'add a rule for each provider that has none to the trust file, for review')
    .addOption(concurrencyOption('providers looked at at the same time', defaultConcurrency))
    .addHelpText('after', help)
    .action(async (args: string[], flags: TrustFlags) => {
      const wiring = await openWiring(context, globalOptions(program));
      try {
        await runTrust({ args, flags, wiring, context });
      } catch (error) {
        const { output } = context;
        if (!output.json) {
          const diagnostic = (one: Parameters<typeof renderDiagnostic>[1]): void =>
            renderDiagnostic(output, one);
          showDiagnosed(error, { diagnostic }, output);
        }
        throw error;
      } finally {
        await wiring.close();
      }
    });
}

const help = `
A pin is worth what you compare it with: ask the author for the fingerprint by another way. Pins that are there are
never replaced; a release that is signed by another key is a conflict (exit code 5).

Examples:
  tofu-oci trust ./infrastructure
  tofu-oci trust hashicorp/aws --trust ./trust.hcl --write
  tofu-oci trust . --from 'registry.example.com/tf/{hostname}/{namespace}/{type}'`;

interface TrustCall {
  readonly args: readonly string[];
  readonly flags: TrustFlags;
  readonly wiring: Wiring;
  readonly context: CommandContext;
}

async function runTrust(call: TrustCall): Promise<void> {
  const { context, flags, wiring } = call;
  const { output } = context;
  const { write = false } = flags;
  const file = wiring.trustFile(flags.trust);
  if (write && file === undefined) {
    throw new UsageError('--write: no trust file is named', {
      hint: 'Name the one to write, as in --trust ./trust.hcl, or set TOFU_OCI_TRUST; it is made when it is not there.',
    });
  }
  const { noTrustPolicy, readTrustPolicy } = await import('../../signatures/index.ts');
  const text = file === undefined ? undefined : await textOf(file, { write });
  const policy = file === undefined ? noTrustPolicy : readTrustPolicy(text ?? '', file.display);
  const wanted = await wantedProviders(call);
  const view = trustView(output);
  const releases: JudgedRelease[] = [];
  const failures: SurveyFailure[] = [];
  const refused: unknown[] = [];
  await look(wanted, { policy, call }, (one) => {
    if ('failure' in one) {
      failures.push(one.failure);
      renderFailure(output, one.failure);
      return;
    }
    const { provider, verdict, version } = one.release;
    releases.push(one.release);
    view.release(one.release);
    if (verdict.error === undefined) return;
    refused.push(verdict.error);
    renderFailure(output, {
      provider: formatProviderAddress(provider),
      version: formatVersion(version),
      error: verdict.error,
    });
  });
  let written;
  if (write && file !== undefined) {
    const rules = proposedRules(releases);
    if (rules.length > 0) await addToTrustFile(file, rules, text);
    written = { file: file.display, rules: rules.length };
    if (rules.length > 0 && flags.from !== undefined) {
      output.note(
        'Warning: these keys are what a mirror says; whoever writes there could have put others. Compare them with the authors.',
      );
    }
  }
  view.summary({ releases, failed: failures.length, written });
  failAsGravest([...failures.map(({ error }) => error), ...refused], context);
}

/** A file that is to be written need not be there yet. */
async function textOf(
  file: TrustFile,
  { write }: { readonly write: boolean },
): Promise<string | undefined> {
  return write ? await trustTextIfAny(file) : await readTrustText(file, nodeFiles);
}

async function wantedProviders({
  args,
  context,
  wiring,
}: TrustCall): Promise<readonly MirroredProvider[]> {
  const { signal } = context.io;
  const wants = new Wants([]);
  for (const argument of args.length === 0 ? ['.'] : args) {
    if (isFolder(argument)) {
      const folder = resolve(wiring.directory, argument);
      await addFolder(wants, folder, { wiring, context, selection: undefined, signal });
    } else {
      const { constraints, provider } = wiring.providerRequest(argument);
      refuseBuiltIn(provider);
      wants.addWanted(provider, { constraints, newest: 1 });
    }
  }
  const wanted = wants.providers();
  if (wanted.length > 0) return wanted;
  throw new NothingToMirrorError('no provider is needed', {
    hint: 'Name providers, as in hashicorp/aws, or the folder of a configuration that requires some.',
  });
}

interface LookContext {
  readonly policy: TrustPolicy;
  readonly call: TrustCall;
}

/** Tells in the order of the providers, whatever is ready first. */
async function look(
  wanted: readonly MirroredProvider[],
  { call, policy }: LookContext,
  tell: (one: Looked) => void,
): Promise<void> {
  const { context, flags, wiring } = call;
  const { signal } = context.io;
  const { enforceExpiration, enforceSignatures } = wiring.environment;
  const rules = { policy, now: new Date(), enforceExpiration, enforceSignatures };
  if (flags.from !== undefined && flags.from !== 'direct') {
    const place = await openCopySource(wiring, flags.from);
    const [{ survey }, { lookAtEvidence, surveyOf }] = await Promise.all([
      import('../../publish/index.ts'),
      import('../trust/mirror-signers.ts'),
    ]);
    await survey(
      (provider) => place.repository(provider),
      surveyOf(wanted, flags.concurrency),
      (release, options) => lookAtEvidence(release, { ...rules, fallback: 'mirror' }, options),
      {
        signal,
        events: {
          result: (looked) => looked.forEach((release) => tell({ release })),
          failure: (failure) => tell({ failure }),
        },
      },
    );
    return;
  }
  const { lookAtOrigin } = await import('../trust/origin-signers.ts');
  const { http } = await wiring.repositories();
  const { registry } = await openOriginClients(http, await originSettings(wiring));
  const { platform } = wiring;
  const judging = { ...rules, fallback: 'origin' } as const;
  const ready: (readonly Looked[])[] = [];
  let told = 0;
  await mapBounded(wanted, flags.concurrency, async (one, index) => {
    ready[index] = await lookAtOrigin(one, { registry, judging, platform, signal });
    for (let next = ready[told]; next !== undefined; next = ready[++told]) next.forEach(tell);
  });
}
