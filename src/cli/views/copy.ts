import { formatProviderAddress, formatVersion } from '../../domain/index.ts';
import type { CopiedRelease, CopyEvents, CopyOutcome, CopySummary } from '../../publish/index.ts';
import type { Descriptor } from '../../spec/index.ts';
import { renderFailure } from './failures.ts';
import { type Output, printableLines } from './output.ts';
import type { Progress } from './progress.ts';
import { formatBytes, formatSeconds } from './sizes.ts';

export interface CopyView {
  readonly events: CopyEvents;
  /** Bytes of a content written into something that is written at the end. */
  readonly writing: (content: Descriptor, writtenBytes: number) => void;
  /** What was held back is true now. */
  readonly written: () => void;
  /** The closing line, with the time since `startedAt` (of `performance.now`). */
  readonly summary: (summary: CopySummary, startedAt: number, more?: CopySummaryOptions) => void;
}

export interface CopyViewOptions {
  readonly dryRun: boolean;
  /** Releases are shown when they are written, which is after all of them were read. */
  readonly isHeld: boolean;
  /** Whose words are used; default `copy`. */
  readonly command?: CopyingCommand | undefined;
}

/** The commands that copy releases. */
export type CopyingCommand = 'copy' | 'export' | 'import';

interface CommandWords {
  readonly did: string;
  readonly would: string;
  /** Of a package that was there. */
  readonly present: string;
  readonly allPresent: string;
}

const wordsOf: Readonly<Record<CopyingCommand, CommandWords>> = {
  copy: { did: 'copied', would: 'copy', present: 'present', allPresent: 'already there' },
  import: { did: 'imported', would: 'import', present: 'present', allPresent: 'already there' },
  export: {
    did: 'exported',
    would: 'export',
    present: 'in an earlier bundle',
    allPresent: 'in earlier bundles',
  },
};

/** What a closing line is made of besides. */
export interface CopySummaryOptions {
  /** Further members of the JSON summary. */
  readonly more?: Readonly<Record<string, unknown>> | undefined;
}

export function copyView(output: Output, progress: Progress, options: CopyViewOptions): CopyView {
  const names = new Map<string, { readonly label: string; readonly size: number }>();
  const held: CopiedRelease[] = [];
  const moved = (content: Descriptor, bytes: number): void => {
    const named = names.get(content.digest);
    if (named === undefined) return;
    if (bytes < named.size) progress.update(named.label, bytes, named.size);
    else progress.finish(named.label);
  };
  const show = (release: CopiedRelease): void => renderRelease(output, release, options);
  return {
    events: {
      package: ({ provider, version }, platform, layer) => {
        const label = `${provider.type} ${formatVersion(version)} ${platform}`;
        names.set(layer.digest, { label, size: layer.size });
      },
      progress: moved,
      done: (content) => {
        const named = names.get(content.digest);
        if (named !== undefined) progress.finish(named.label);
      },
      release: (release) => {
        if (options.isHeld) held.push(release);
        else show(release);
      },
      failure: (failure) => renderFailure(output, failure),
    },
    writing: moved,
    written: () => {
      for (const release of held.splice(0)) show(release);
    },
    summary: (summary, startedAt, more) =>
      renderSummary(output, summary, { ...options, ...more, startedAt }),
  };
}

function renderRelease(
  output: Output,
  release: CopiedRelease,
  { command = 'copy', dryRun }: CopyViewOptions,
): void {
  const { provider, referrers, version, warnings } = release;
  if (output.json) {
    output.object({
      type: 'release',
      ...release,
      provider: formatProviderAddress(provider),
      version: formatVersion(version),
    });
  } else {
    const words: Readonly<Record<CopyOutcome, string>> = {
      copied: dryRun ? `to ${wordsOf[command].would}` : wordsOf[command].did,
      mounted: 'mounted',
      present: wordsOf[command].present,
    };
    output.line(`${formatProviderAddress(provider)} ${formatVersion(version)}`);
    const width = Math.max(0, ...release.packages.map(({ platform }) => platform.length));
    for (const { outcome, platform, size } of release.packages) {
      const bytes = size === undefined ? '' : formatBytes(size);
      output.line(`  ${platform.padEnd(width)}  ${bytes.padStart(7)}  ${words[outcome]}`);
    }
    const counts = [
      ...(referrers.copied > 0 ? [`${referrers.copied} ${words.copied}`] : []),
      ...(referrers.present > 0 ? [`${referrers.present} ${words.present}`] : []),
    ];
    if (counts.length > 0) output.line(`  evidence and signatures: ${counts.join(', ')}`);
  }
  for (const warning of warnings) {
    output.error(`${output.colors.yellow('Warning:')} ${printableLines(warning)}`);
  }
}

function renderSummary(
  output: Output,
  { failures, releases, skipped }: CopySummary,
  {
    command = 'copy',
    dryRun,
    more,
    startedAt,
  }: CopyViewOptions & CopySummaryOptions & { readonly startedAt: number },
): void {
  const words = wordsOf[command];
  const packages = releases.flatMap((release) => release.packages);
  const count = (outcome: CopyOutcome): number =>
    packages.filter((one) => one.outcome === outcome).length;
  const providers = new Set(releases.map(({ provider }) => formatProviderAddress(provider))).size;
  const bytes = releases.reduce((sum, release) => sum + release.bytes, 0);
  const [copied, mounted, present] = [count('copied'), count('mounted'), count('present')];
  if (output.json) {
    const counts = { providers, releases: releases.length, packages: packages.length };
    const outcomes = { copied, mounted, present, bytes, failed: failures.length, skipped };
    output.object({ type: 'summary', command, dryRun, ...counts, ...outcomes, ...more });
    return;
  }
  const many = (number: number, what: string): string =>
    `${number} ${what}${number === 1 ? '' : 's'}`;
  const parts = [
    `${copied} ${dryRun ? `to ${words.would}` : words.did} (${formatBytes(bytes)})`,
    ...(mounted > 0 ? [`${mounted} mounted`] : []),
    `${present} ${words.allPresent}`,
  ].join(', ');
  const failed = [
    ...(failures.length > 0 ? [`${failures.length} failed`] : []),
    ...(skipped > 0 ? [`${skipped} not tried`] : []),
  ];
  const what = `${many(providers, 'provider')}, ${many(releases.length, 'version')}, ${many(packages.length, 'package')}: ${parts}`;
  const verb = dryRun ? `Would ${words.would}` : capitalised(words.did);
  const time = dryRun ? '' : `, in ${formatSeconds(performance.now() - startedAt)}`;
  output.line(`${verb} ${what}${time}.${failed.length > 0 ? ` ${failed.join(', ')}.` : ''}`);
}

function capitalised(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
