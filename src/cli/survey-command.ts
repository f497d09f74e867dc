import { type Command, Option } from 'commander';
import type { CallOptions } from '../base/index.ts';
import type { SurveyedRelease, SurveySummary, UpstreamReader } from '../publish/index.ts';
import type { ReleaseTrust } from '../release/index.ts';
import { type CopySourcePlace, openCopySource } from './copy-places.ts';
import { failAsGravest } from './fail-as-gravest.ts';
import type { LeftOut } from './held-providers.ts';
import { concurrencyOption, trustOption } from './options.ts';
import type { CommandContext } from './program.ts';
import { releaseTrust } from './release-trust.ts';
import { type RequestedProviders, requestedProviders, tellLeftOut } from './requested-providers.ts';
import { openUpstream } from './upstream.ts';
import { renderFailure } from './views/failures.ts';
import { globalOptions, openWiring, type Wiring } from './wire.ts';

export interface SurveyFlags {
  readonly from?: string;
  readonly trust?: string;
  readonly upstream?: boolean;
  readonly concurrency: number;
}

/** What came of it, with what a closing line needs. */
export interface Surveyed<T> extends SurveySummary<T> {
  readonly leftOut: LeftOut | undefined;
  /** Of `performance.now`. */
  readonly startedAt: number;
}

/** What a command is told beside the release. */
export interface SurveyVisit extends CallOptions {
  readonly trust: ReleaseTrust;
  /** Undefined where nobody wants the origins to be asked. */
  readonly upstream: UpstreamReader | undefined;
}

export interface SurveyCommand<T> {
  readonly newestOnly: boolean;
  /** What is looked at, where the command knows better than the addresses. */
  request?(wiring: Wiring): Promise<RequestedProviders>;
  visit(release: SurveyedRelease, options: SurveyVisit): Promise<T>;
  /** One result, in the order of the request. */
  show(result: T): void;
  /** The closing line. */
  finish(surveyed: Surveyed<T>): void;
  /** What is wrong with the results themselves: it decides the exit code, too. */
  errorsIn(result: T): readonly unknown[];
}

/** Enough to hide a registry's answer times; more only makes registries slow down or refuse. */
const defaultConcurrency = 6;

/** The options that all commands have which look at releases in a place. */
export function addSurveyOptions(command: Command, what: string): Command {
  return command
    .option(
      '--from <location>',
      "where; default TOFU_OCI_LOCATION, then the CLI configuration's oci_mirror",
    )
    .addOption(trustOption())
    .addOption(concurrencyOption(what, defaultConcurrency));
}

/** `--upstream`, of the commands that show what is held. */
export function upstreamOption(): Option {
  return new Option(
    '--upstream',
    'compare with the registries that the releases come from: versions behind, other packages, other keys',
  );
}

export interface SurveyCall {
  readonly program: Command;
  readonly context: CommandContext;
  readonly addresses: readonly string[];
  readonly flags: SurveyFlags;
}

/** Runs a command over all releases that were asked for; what fails is shown, and does not end it. */
export async function runSurvey<T>(
  { addresses, context, flags, program }: SurveyCall,
  command: SurveyCommand<T>,
): Promise<void> {
  const startedAt = performance.now();
  const { io, output } = context;
  const { signal } = io;
  const wiring = await openWiring(context, globalOptions(program));
  try {
    const trust = await releaseTrust(wiring, flags.trust);
    const place: CopySourcePlace = await openCopySource(wiring, flags.from);
    const { leftOut, providers } =
      command.request === undefined
        ? await requestedProviders(wiring, addresses, place, { signal })
        : await command.request(wiring);
    const { survey } = await import('../publish/index.ts');
    const upstream = flags.upstream === true ? await openUpstream(wiring) : undefined;
    const request = {
      providers,
      newestOnly: command.newestOnly,
      concurrency: flags.concurrency,
    };
    const summary = await survey(
      (provider) => place.repository(provider),
      request,
      (release, options) => command.visit(release, { ...options, trust, upstream }),
      {
        signal,
        events: {
          result: (result) => command.show(result),
          failure: (failure) => renderFailure(output, failure),
        },
      },
    );
    command.finish({ ...summary, leftOut, startedAt });
    const told = tellLeftOut(leftOut);
    if (told !== undefined) output.note(told);
    failAsGravest(
      [
        ...summary.failures.map(({ error }) => error),
        ...summary.results.flatMap((result) => command.errorsIn(result)),
      ],
      context,
    );
  } finally {
    await wiring.close();
  }
}
