import { printable } from '../../base/index.ts';
import { formatProviderAddress, formatVersion } from '../../domain/index.ts';
import type { KeepReason, PrunedVersion, PruneEvents, PruneSummary } from '../../publish/index.ts';
import type { LeftOut } from '../held-providers.ts';
import { many } from './columns.ts';
import { renderFailure } from './failures.ts';
import type { Output } from './output.ts';
import { formatBytes } from './sizes.ts';

export interface PruneView {
  readonly events: PruneEvents;
  readonly summary: (summary: PruneSummary, leftOut: LeftOut | undefined) => void;
}

export interface PruneViewOptions {
  readonly dryRun: boolean;
  readonly describeReason: (reason: KeepReason) => string;
}

/** A line for each version, with the reason. */
export function pruneView(output: Output, { describeReason, dryRun }: PruneViewOptions): PruneView {
  return {
    events: {
      version: (version) =>
        output.json ? writeObject(output, version) : writeLine(output, version, describeReason),
      failure: (failure) => renderFailure(output, failure),
      warning: (provider, text) =>
        output.error(
          `${output.colors.yellow('Warning:')} ${formatProviderAddress(provider)}: ${printable(text, 2000)}`,
        ),
    },
    summary: (summary, leftOut) => writeSummary(output, summary, { dryRun, leftOut }),
  };
}

const words: Readonly<Record<PrunedVersion['action'], string>> = {
  kept: 'kept',
  removable: 'to remove',
  removed: 'removed',
  left: 'not removed',
};

function writeLine(
  output: Output,
  version: PrunedVersion,
  describeReason: PruneViewOptions['describeReason'],
): void {
  const { colors } = output;
  const { action, bytes, kept, removedBecause } = version;
  const name = `${formatProviderAddress(version.provider)} ${formatVersion(version.version)}`;
  const why = kept.length > 0 ? kept.map(describeReason).join(', ') : removedBecause;
  const size = action === 'kept' || bytes === undefined ? '' : ` (${formatBytes(bytes)})`;
  const word = words[action].padEnd('not removed'.length);
  const shown =
    action === 'kept' ? word : action === 'left' ? colors.red(word) : colors.yellow(word);
  output.line(`${shown}  ${name}${size}: ${printable(why, 2000)}`);
}

function writeObject(output: Output, version: PrunedVersion): void {
  const { action, bytes, digest, kept, packages, removedBecause, repository, tag } = version;
  output.object({
    type: 'version',
    provider: formatProviderAddress(version.provider),
    version: formatVersion(version.version),
    repository,
    tag,
    digest,
    action,
    packages,
    ...(bytes === undefined ? {} : { bytes }),
    ...(kept.length > 0 ? { kept } : { removedBecause }),
  });
}

function writeSummary(
  output: Output,
  { failures, freed, versions }: PruneSummary,
  { dryRun, leftOut }: { readonly dryRun: boolean; readonly leftOut: LeftOut | undefined },
): void {
  const count = (action: PrunedVersion['action']): number =>
    versions.filter((one) => one.action === action).length;
  const providers = new Set(versions.map(({ provider }) => formatProviderAddress(provider))).size;
  const [kept, removable, removed, left] = [
    count('kept'),
    count('removable'),
    count('removed'),
    count('left'),
  ];
  const gone = versions.filter(({ action }) => action === 'removable' || action === 'removed');
  const bytes = gone.reduce((sum, one) => sum + (one.bytes ?? 0), 0);
  if (output.json) {
    const counts = { providers, versions: versions.length, kept, removable, removed, left, bytes };
    output.object({
      type: 'summary',
      command: 'prune',
      dryRun,
      ...counts,
      ...(freed === undefined ? {} : { freed }),
      failed: failures.length,
      ...(leftOut === undefined ? {} : { leftOut }),
    });
    return;
  }
  const size = `packages of ${formatBytes(bytes)}`;
  const parts = [
    removable > 0 || dryRun
      ? `Would remove ${many(removable, 'version')} (${size})`
      : `Removed ${many(removed, 'version')} (${size})`,
    `kept ${kept}`,
    ...(left > 0 ? [`${left} not removed`] : []),
    ...(freed === undefined ? [] : [`freed ${formatBytes(freed)}`]),
    ...(failures.length > 0 ? [many(failures.length, 'failure')] : []),
  ];
  output.line(`${parts.join(', ')}.`);
  if (dryRun && removable > 0) output.note('Nothing was removed: that takes --yes.');
}
