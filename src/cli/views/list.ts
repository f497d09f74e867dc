import { formatProviderAddress, formatVersion } from '../../domain/index.ts';
import type { ListedRelease } from '../../release/index.ts';
import type { Surveyed } from '../survey-command.ts';
import { columns, many } from './columns.ts';
import { renderFailure } from './failures.ts';
import { type Output } from './output.ts';
import { formatBytes } from './sizes.ts';
import { verdictObject, verdictWord } from './verdict.ts';

export interface ListView {
  readonly release: (release: ListedRelease) => void;
  readonly summary: (surveyed: Surveyed<ListedRelease>) => void;
}

/** A line for each provider, and below it one for each version, newest last. */
export function listView(output: Output): ListView {
  let held: ListedRelease[] = [];
  /** Columns are as wide as a provider needs them, so its releases wait for each other. */
  const flush = (): void => {
    const [first] = held;
    if (first === undefined) return;
    output.line(
      `${output.colors.bold(formatProviderAddress(first.provider))}  ${first.repository}`,
    );
    const rows = held.map(({ packages, verdict, version }) => [
      `  ${formatVersion(version)}`,
      formatBytes(totalOf(packages)),
      verdictWord(verdict),
      packages.map(({ platform }) => platform).join(' '),
    ]);
    for (const line of columns(rows, { right: [1] })) output.line(line);
    held = [];
  };
  return {
    release: (release) => {
      const { refusal: error } = release.verdict;
      if (error !== undefined) {
        const provider = formatProviderAddress(release.provider);
        renderFailure(output, { provider, version: formatVersion(release.version), error });
      }
      if (output.json) {
        output.object({
          type: 'release',
          ...release,
          provider: formatProviderAddress(release.provider),
          version: formatVersion(release.version),
          size: totalOf(release.packages),
          verdict: verdictObject(release.verdict),
        });
        return;
      }
      const [first] = held;
      if (first?.repository !== release.repository) flush();
      held.push(release);
    },
    summary: ({ failures, leftOut, results, skipped }) => {
      flush();
      const providers = new Set(results.map(({ provider }) => formatProviderAddress(provider)))
        .size;
      const packages = results.flatMap((release) => release.packages);
      const size = totalOf(packages);
      if (output.json) {
        const counts = { providers, releases: results.length, packages: packages.length, size };
        const outcome = { failed: failures.length, skipped, ...(leftOut && { leftOut }) };
        output.object({ type: 'summary', command: 'list', ...counts, ...outcome });
        return;
      }
      const failed = [
        ...(failures.length > 0 ? [`${failures.length} could not be read`] : []),
        ...(skipped > 0 ? [`${skipped} not tried`] : []),
      ];
      const what = [
        many(providers, 'provider'),
        many(results.length, 'version'),
        `${many(packages.length, 'package')} (${formatBytes(size)})`,
      ].join(', ');
      output.line(`${[what, ...failed].join('; ')}.`);
    },
  };
}

function totalOf(packages: ListedRelease['packages']): number {
  return packages.reduce((sum, { size }) => sum + size, 0);
}
