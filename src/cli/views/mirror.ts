import { formatPlatform, formatProviderAddress, formatVersion } from '../../domain/index.ts';
import type {
  MirroredOutcome,
  MirroredRelease,
  MirrorEvents,
  MirrorSummary,
} from '../../publish/index.ts';
import type { Descriptor } from '../../spec/index.ts';
import { renderFailure } from './failures.ts';
import { type Output, printableLines } from './output.ts';
import type { Progress } from './progress.ts';
import { formatBytes, formatSeconds } from './sizes.ts';

export interface MirrorView {
  readonly events: MirrorEvents;
  /** Bytes of a content written into something that is written at the end. */
  readonly writing: (content: Descriptor, writtenBytes: number) => void;
  /** What was held back is true now. */
  readonly written: () => void;
  /** Repositories that a job would write into, and that are not there yet. */
  readonly toCreate: (repositories: readonly string[]) => void;
  /** The closing line, with the time since `startedAt` (of `performance.now`). */
  readonly summary: (summary: MirrorSummary, startedAt: number) => void;
}

export interface MirrorViewOptions {
  readonly dryRun: boolean;
  /** Releases are shown when they are written, which is after all of them were fetched. */
  readonly isHeld: boolean;
}

/** A release as events name it. */
type Named = Pick<MirroredRelease, 'provider' | 'version'>;

export function createMirrorView(
  output: Output,
  progress: Progress,
  options: MirrorViewOptions,
): MirrorView {
  const labels = new Map<string, { readonly label: string; readonly size: number }>();
  const held: MirroredRelease[] = [];
  const labelOf = ({ provider, version }: Named, platform: string): string =>
    `${provider.type} ${formatVersion(version)} ${platform}`;
  const show = (release: MirroredRelease): void => renderRelease(output, release, options);
  const moved = (content: Descriptor, bytes: number): void => {
    const named = labels.get(content.digest);
    if (named === undefined) return;
    if (bytes < named.size) progress.update(`${named.label} to registry`, bytes, named.size);
    else progress.finish(`${named.label} to registry`);
  };
  return {
    events: {
      received: (release, { platform }, bytes, total) => {
        progress.update(labelOf(release, formatPlatform(platform)), bytes, total);
      },
      fetched: (release, { record }) => {
        const label = labelOf(release, formatPlatform(record.platform));
        progress.finish(label);
        labels.set(`sha256:${record.zh.slice('zh:'.length)}`, { label, size: record.size });
        if (!output.live) output.note(`Fetched ${record.filename} (${formatBytes(record.size)})`);
      },
      sent: (_release, content, bytes) => moved(content, bytes),
      warning: (release, message) => {
        const name = `${formatProviderAddress(release.provider)} ${formatVersion(release.version)}`;
        if (output.json) output.object({ type: 'warning', release: name, message });
        output.error(`${output.colors.yellow('Warning:')} ${name}: ${printableLines(message)}`);
      },
      release: (release) => {
        for (const { zh } of release.packages) {
          if (zh !== undefined) labels.delete(`sha256:${zh.slice('zh:'.length)}`);
        }
        if (options.isHeld) held.push(release);
        else show(release);
      },
      failure: (failure) => renderFailure(output, failure),
    },
    writing: moved,
    written: () => {
      for (const release of held.splice(0)) show(release);
    },
    toCreate: (repositories) => {
      if (output.json) {
        for (const repository of repositories) output.object({ type: 'repository', repository });
      } else if (repositories.length > 0) {
        output.line('Repositories to create:');
        for (const repository of repositories) output.line(`  ${repository}`);
      }
    },
    summary: (summary, startedAt) => renderSummary(output, summary, { ...options, startedAt }),
  };
}

function renderRelease(
  output: Output,
  release: MirroredRelease,
  { dryRun }: MirrorViewOptions,
): void {
  const { index, packages, provider, verdict, version } = release;
  if (output.json) {
    output.object({
      type: 'release',
      ...release,
      provider: formatProviderAddress(provider),
      version: formatVersion(version),
      index: index?.digest,
      verdict: verdict && {
        kind: verdict.kind,
        text: verdict.text,
        isAccepted: verdict.isAccepted,
        signedBy: verdict.signedBy,
        rule: verdict.rule?.place,
      },
    });
    return;
  }
  const title = `${formatProviderAddress(provider)} ${formatVersion(version)}`;
  output.line(verdict === undefined ? title : `${title}   ${verdict.text}`);
  const words: Readonly<Record<MirroredOutcome, string>> = {
    pushed: 'pushed',
    present: 'present',
    planned: dryRun ? 'to push' : 'planned',
  };
  const width = Math.max(0, ...packages.map(({ platform }) => platform.length));
  for (const { outcome, platform, size } of packages) {
    const bytes = size === undefined ? '' : formatBytes(size);
    output.line(`  ${platform.padEnd(width)}  ${bytes.padStart(7)}  ${words[outcome]}`);
  }
}

function renderSummary(
  output: Output,
  { bytes, failures, packages, providers, releases }: MirrorSummary,
  { dryRun, startedAt }: { readonly dryRun: boolean; readonly startedAt: number },
): void {
  const failed = failures.length;
  if (output.json) {
    const counts = { providers, releases, ...packages, bytes, failed };
    output.object({ type: 'summary', command: 'mirror', dryRun, ...counts });
    return;
  }
  const many = (number: number, what: string): string =>
    `${number} ${what}${number === 1 ? '' : 's'}`;
  const { planned, present, pushed } = packages;
  const size = formatBytes(bytes);
  const moved = dryRun ? `${planned} to push (${size})` : `${pushed} pushed (${size})`;
  const total = planned + present + pushed;
  const what = `${many(providers, 'provider')}, ${many(releases, 'version')}, ${many(total, 'package')}: ${moved}, ${present} already there`;
  const time = dryRun ? '' : `, in ${formatSeconds(performance.now() - startedAt)}`;
  output.line(
    `${dryRun ? 'Would mirror' : 'Mirrored'} ${what}${time}.${failed > 0 ? ` ${failed} failed.` : ''}`,
  );
}
