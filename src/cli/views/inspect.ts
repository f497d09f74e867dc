import { printable } from '../../base/index.ts';
import { formatProviderAddress, formatVersion } from '../../domain/index.ts';
import type { Finding, InspectedPlatform, InspectedRelease } from '../../release/index.ts';
import type { Surveyed } from '../survey-command.ts';
import { type Upstream, upstreamErrors } from '../upstream.ts';
import { columns } from './columns.ts';
import { findingLine, findingObject } from './findings.ts';
import type { Output } from './output.ts';
import { formatBytes } from './sizes.ts';
import { upstreamLines, upstreamObject } from './upstream.ts';
import { verdictLine, verdictObject } from './verdict.ts';

/** A release, and what its origin says of it if somebody asked. */
export type InspectedBeside = InspectedRelease & { readonly upstream: Upstream | undefined };

export interface InspectView {
  readonly release: (release: InspectedBeside) => void;
  readonly summary: (surveyed: Surveyed<InspectedBeside>) => void;
}

/** As much of an annotation as a line can hold; `--json` has all of it. */
const maxShown = 300;

/** A block for each release, each line with a word before it that says what it is. */
export function inspectView(output: Output): InspectView {
  return {
    release: (inspected) => {
      if (output.json) output.object(asObject(inspected));
      else for (const line of blockOf(inspected, output)) output.line(line);
    },
    summary: ({ failures, results, skipped }) => {
      if (!output.json) return;
      const problems = results.flatMap((release) =>
        findingsOf(release).filter(({ severity }) => severity === 'problem'),
      ).length;
      const outcome = { problems, failed: failures.length, skipped };
      output.object({ type: 'summary', command: 'inspect', releases: results.length, ...outcome });
    },
  };
}

function blockOf(inspected: InspectedBeside, { colors }: Output): readonly string[] {
  const { annotations, cosignTags, evidence, platforms, referrers, release } = inspected;
  const { upstream, verdict } = inspected;
  const findings = findingsOf(inspected);
  const { descriptor, provider, tag, version } = release;
  const name = `${formatProviderAddress(provider)} ${formatVersion(version)}`;
  const others = referrers.filter(
    ({ descriptor: { digest } }) => !evidence.some((one) => one.digest === digest),
  );
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['stored', [`${inspected.repository}:${tag}`]],
    ['evidence', evidence.length === 0 ? ['none'] : evidence.map(evidenceLine)],
    ['signed', [verdictLine(verdict)]],
    ['upstream', upstream === undefined ? [] : upstreamLines(upstream)],
    ['platforms', platformLines(platforms)],
    [
      'referrers',
      others.map(({ descriptor: one, platform }) =>
        [
          one.digest,
          printable(one.artifactType ?? one.mediaType, maxShown),
          ...(platform === undefined ? [] : [`about ${platform}`]),
        ].join('  '),
      ),
    ],
    ['cosign', cosignTags],
    [
      'annotated',
      Object.entries(annotations).map(
        ([key, text]) => `${printable(key, maxShown)}=${printable(text, maxShown)}`,
      ),
    ],
    ['problems', lines(findings, 'problem')],
    ['warnings', lines(findings, 'warning')],
  ];
  const paint = (label: string, line: string): string =>
    label === 'problems' || (label === 'signed' && !verdict.isAccepted)
      ? colors.red(line)
      : label === 'warnings'
        ? colors.yellow(line)
        : line;
  return [
    `${colors.bold(name)}   ${descriptor.digest}`,
    ...rows.flatMap(([label, texts]) =>
      texts.map((text, index) => `${(index === 0 ? label : '').padEnd(10)}${paint(label, text)}`),
    ),
  ];
}

/** What was found in the release, and what is wrong with it beside its origin. */
function findingsOf({ findings, upstream }: InspectedBeside): readonly Finding[] {
  const beside = upstreamErrors(upstream).map((error): Finding => ({ severity: 'problem', error }));
  return [...findings, ...beside];
}

function lines(findings: InspectedRelease['findings'], wanted: string): readonly string[] {
  return findings
    .filter(({ severity }) => severity === wanted)
    .map((finding) => printable(findingLine(finding), 2000));
}

function evidenceLine({ digest, documents, origin }: InspectedRelease['evidence'][number]): string {
  const said = [
    ...(origin.host === undefined ? [] : [`from ${printable(origin.host, 100)}`]),
    ...(origin.protocols.length === 0
      ? []
      : [`protocols ${printable(origin.protocols.join(', '), 100)}`]),
  ];
  return [digest, documents.join(', '), ...said].join('  ');
}

function platformLines(platforms: readonly InspectedPlatform[]): readonly string[] {
  const rows = platforms.map(({ name, package: found, target }) => {
    if (found === undefined) return [name, '', target.digest, 'its manifest can not be used'];
    const { h1, isThere, layer, zh } = found;
    const unpacked = h1 === undefined ? '' : h1.hash;
    const remark =
      isThere === false ? 'MISSING' : h1?.statedBy === 'index' ? '(h1 by the index only)' : '';
    return [name, formatBytes(layer.size), zh, `${unpacked} ${remark}`.trim()];
  });
  return columns(rows, { right: [1] });
}

function asObject(inspected: InspectedBeside): Readonly<Record<string, unknown>> {
  const { descriptor, provider, tag, version } = inspected.release;
  return {
    type: 'release',
    provider: formatProviderAddress(provider),
    version: formatVersion(version),
    repository: inspected.repository,
    tag,
    digest: descriptor.digest,
    size: inspected.platforms.reduce((sum, one) => sum + (one.package?.layer.size ?? 0), 0),
    indexSize: descriptor.size,
    verdict: verdictObject(inspected.verdict),
    annotations: { ...inspected.annotations },
    platforms: inspected.platforms.map(({ name, package: found, target }) => ({
      platform: name,
      manifest: target.digest,
      annotations: { ...target.annotations },
      ...(found === undefined
        ? {}
        : {
            package: found.layer.digest,
            size: found.layer.size,
            present: found.isThere,
            zh: found.zh,
            ...(found.h1 === undefined ? {} : { h1: found.h1.hash, h1StatedBy: found.h1.statedBy }),
          }),
    })),
    evidence: inspected.evidence.map(({ digest, documents, isSigned, keyIds, origin }) => ({
      digest,
      documents,
      signed: isSigned,
      keyIds,
      ...(origin.host === undefined ? {} : { origin: origin.host }),
      protocols: origin.protocols,
    })),
    referrers: inspected.referrers.map(({ descriptor: one, platform, subject }) => ({
      digest: one.digest,
      size: one.size,
      mediaType: one.mediaType,
      artifactType: one.artifactType,
      annotations: { ...one.annotations },
      subject,
      ...(platform === undefined ? {} : { platform }),
    })),
    cosign: inspected.cosignTags,
    ...(inspected.upstream === undefined ? {} : { upstream: upstreamObject(inspected.upstream) }),
    findings: findingsOf(inspected).map(findingObject),
  };
}
