import { formatProviderAddress, formatVersion } from '../../domain/index.ts';
import type { ListedRelease } from '../../release/index.ts';
import type { Surveyed } from '../survey-command.ts';
import { type Upstream, upstreamErrors } from '../upstream.ts';
import { columns, many } from './columns.ts';
import { renderFailure } from './failures.ts';
import { type Output } from './output.ts';
import { formatBytes } from './sizes.ts';
import { countsText, countUpstream, newerLine, upstreamObject, upstreamWord } from './upstream.ts';
import { verdictObject, verdictWord } from './verdict.ts';

/** A release, and what its origin says of it if somebody asked. */
export type ListedBeside = ListedRelease & { readonly upstream: Upstream | undefined };

export interface ListView {
  readonly release: (release: ListedBeside) => void;
  readonly summary: (surveyed: Surveyed<ListedBeside>) => void;
}

/** A line for each provider, and below it one for each version, newest last. */
export function listView(output: Output): ListView {
  let held: ListedBeside[] = [];
  /** What keeps a host from answering is the same for all of its releases. */
  const told = new Set<unknown>();
  /** Columns are as wide as a provider needs them, so its releases wait for each other. */
  const flush = (): void => {
    const [first] = held;
    if (first === undefined) return;
    output.line(
      `${output.colors.bold(formatProviderAddress(first.provider))}  ${first.repository}`,
    );
    const rows = held.map(({ packages, upstream, verdict, version }) => [
      `  ${formatVersion(version)}`,
      formatBytes(totalOf(packages)),
      verdictWord(verdict),
      ...(upstream === undefined ? [] : [upstreamWord(upstream)]),
      packages.map(({ platform }) => platform).join(' '),
    ]);
    for (const line of columns(rows, { right: [1] })) output.line(line);
    const behind = newerLine(
      held.find(({ upstream }) => upstream !== undefined)?.upstream?.newer ?? [],
    );
    if (behind !== undefined) output.line(`  upstream has ${behind}`);
    held = [];
  };
  return {
    release: (release) => {
      const { refusal } = release.verdict;
      const { digest, packages, repository, tag, upstream } = release;
      for (const error of [
        ...(refusal === undefined ? [] : [refusal]),
        ...upstreamErrors(upstream),
      ]) {
        if (told.has(error)) continue;
        told.add(error);
        const provider = formatProviderAddress(release.provider);
        renderFailure(output, { provider, version: formatVersion(release.version), error });
      }
      if (output.json) {
        output.object({
          type: 'release',
          provider: formatProviderAddress(release.provider),
          version: formatVersion(release.version),
          repository,
          tag,
          digest,
          packages,
          size: totalOf(packages),
          verdict: verdictObject(release.verdict),
          ...(upstream === undefined ? {} : { upstream: upstreamObject(upstream) }),
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
      const compared = results.flatMap(({ upstream }) => upstream ?? []);
      const counts = compared.length === 0 ? undefined : countUpstream(compared);
      if (output.json) {
        const held = { providers, releases: results.length, packages: packages.length, size };
        const beside = counts === undefined ? {} : { upstream: counts };
        const outcome = { failed: failures.length, skipped, ...(leftOut && { leftOut }) };
        output.object({ type: 'summary', command: 'list', ...held, ...beside, ...outcome });
        return;
      }
      const more = [
        ...(counts === undefined ? [] : [countsText(counts)]),
        ...(failures.length > 0 ? [`${failures.length} could not be read`] : []),
        ...(skipped > 0 ? [`${skipped} not tried`] : []),
      ];
      const what = [
        many(providers, 'provider'),
        many(results.length, 'version'),
        `${many(packages.length, 'package')} (${formatBytes(size)})`,
      ].join(', ');
      output.line(`${[what, ...more].join('; ')}.`);
    },
  };
}

function totalOf(packages: ListedRelease['packages']): number {
  return packages.reduce((sum, { size }) => sum + size, 0);
}
