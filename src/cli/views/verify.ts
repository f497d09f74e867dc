import { printable } from '../../base/index.ts';
import { formatProviderAddress, formatVersion } from '../../domain/index.ts';
import type { VerifiedRelease, VerifierOptions } from '../../publish/index.ts';
import type { Surveyed } from '../survey-command.ts';
import { many } from './columns.ts';
import { findingLine, findingObject } from './findings.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';
import { formatBytes, formatSeconds } from './sizes.ts';
import { verdictObject, verdictWord } from './verdict.ts';

export interface VerifyView {
  readonly events: Omit<VerifierOptions, 'concurrency'>;
  readonly release: (release: VerifiedRelease) => void;
  readonly summary: (surveyed: Surveyed<VerifiedRelease>) => void;
}

/** One line for each release that is as it should be, else one line for each thing that is not. */
export function verifyView(output: Output, progress: Progress): VerifyView {
  const labelOf = ({ provider, version }: Pick<VerifiedRelease, 'provider' | 'version'>): string =>
    `${provider.type} ${formatVersion(version)}`;
  return {
    events: {
      onProgress: (release, platform, { bytes, of }) =>
        progress.update(`${labelOf(release)} ${platform}`, bytes, of),
      onPackage: (release, { platform }) => progress.finish(`${labelOf(release)} ${platform}`),
    },
    release: (release) =>
      output.json ? writeObjects(output, release) : writeLines(output, release),
    summary: (surveyed) => {
      progress.stop();
      writeSummary(output, surveyed);
    },
  };
}

function writeLines(output: Output, release: VerifiedRelease): void {
  const { colors, quiet } = output;
  const { findings, packages, provider, referrers, verdict, version } = release;
  const name = `${formatProviderAddress(provider)} ${formatVersion(version)}`;
  const size = packages.reduce((sum, one) => sum + one.size, 0);
  if (!findings.some(({ severity }) => severity === 'problem') && !quiet) {
    const said = referrers === 0 ? 'nothing said about it' : many(referrers, 'referrer');
    output.line(
      `ok       ${name}   ${many(packages.length, 'package')} (${formatBytes(size)}), ${said}, ${verdictWord(verdict)}`,
    );
  }
  for (const finding of findings) {
    const isProblem = finding.severity === 'problem';
    const word = isProblem ? colors.red('problem') : colors.yellow('warning');
    output.line(`${word}  ${name} ${printable(findingLine(finding), 2000)}`);
  }
}

function writeObjects(output: Output, release: VerifiedRelease): void {
  const { findings, ...rest } = release;
  const provider = formatProviderAddress(release.provider);
  const version = formatVersion(release.version);
  for (const finding of findings) {
    output.object({ type: 'finding', provider, version, ...findingObject(finding) });
  }
  const count = (wanted: string): number =>
    findings.filter(({ severity }) => severity === wanted).length;
  const counts = { problems: count('problem'), warnings: count('warning') };
  const verdict = verdictObject(release.verdict);
  output.object({ type: 'release', ...rest, provider, version, verdict, ...counts });
}

function writeSummary(
  output: Output,
  { failures, leftOut, results, skipped, startedAt }: Surveyed<VerifiedRelease>,
): void {
  const findings = results.flatMap((release) => release.findings);
  const problems = findings.filter(({ severity }) => severity === 'problem').length;
  const warnings = findings.length - problems;
  const providers = new Set(results.map(({ provider }) => formatProviderAddress(provider))).size;
  const packages = results.reduce((sum, release) => sum + release.packages.length, 0);
  const bytes = results.reduce((sum, release) => sum + release.bytes, 0);
  if (output.json) {
    const counts = { providers, releases: results.length, packages, bytes };
    const outcome = { problems, warnings, failed: failures.length, skipped };
    const left = leftOut === undefined ? {} : { leftOut };
    output.object({ type: 'summary', command: 'verify', ...counts, ...outcome, ...left });
    return;
  }
  const what = [
    many(providers, 'provider'),
    many(results.length, 'version'),
    `${many(packages, 'package')} (${formatBytes(bytes)})`,
  ].join(', ');
  const found = [
    // Nothing was found where nothing was looked at.
    ...(problems > 0 || results.length > 0
      ? [problems === 0 ? 'no problems' : many(problems, 'problem')]
      : []),
    ...(warnings > 0 ? [many(warnings, 'warning')] : []),
    ...(failures.length > 0 ? [`${failures.length} could not be read`] : []),
    ...(skipped > 0 ? [`${skipped} not tried`] : []),
  ].join(', ');
  output.line(`Verified ${what}: ${found}, in ${formatSeconds(performance.now() - startedAt)}.`);
}
