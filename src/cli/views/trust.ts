import { formatProviderAddress, formatVersion } from '../../domain/index.ts';
import { type JudgedRelease, type SignerStatus, statusOf } from '../trust/signer-status.ts';
import { dateText } from '../trust/proposed-rules.ts';
import { many } from './columns.ts';
import { describeError } from './errors.ts';
import { codeOf } from './failures.ts';
import type { Output } from './output.ts';

export interface TrustSummary {
  readonly releases: readonly JudgedRelease[];
  /** What could not be looked at. */
  readonly failed: number;
  /** Undefined when nothing was to be written. */
  readonly written: { readonly file: string; readonly rules: number } | undefined;
}

export interface TrustView {
  readonly release: (release: JudgedRelease) => void;
  readonly summary: (summary: TrustSummary) => void;
}

/** A line for each release, and below it who signed it. */
export function trustView(output: Output): TrustView {
  return {
    release: (release) => {
      if (output.json) output.object(asObject(release));
      else for (const line of linesOf(release, output)) output.line(line);
    },
    summary: (summary) => {
      const counts = countsOf(summary.releases);
      if (output.json) {
        const { failed, releases, written } = summary;
        output.object({
          type: 'summary',
          command: 'trust',
          releases: releases.length,
          ...counts,
          failed,
          ...(written === undefined ? {} : { written: written.rules, file: written.file }),
        });
        return;
      }
      output.line(closingLine(counts, summary));
    },
  };
}

type Counts = Readonly<Record<SignerStatus, number>>;

function countsOf(releases: readonly JudgedRelease[]): Counts {
  const counts: Record<SignerStatus, number> = {
    pinned: 0,
    new: 0,
    changed: 0,
    unsigned: 0,
    'bad-signature': 0,
    'unknown-key': 0,
  };
  for (const { verdict } of releases) counts[statusOf(verdict)] += 1;
  return counts;
}

const words: Readonly<Record<SignerStatus, string>> = {
  pinned: 'pinned',
  new: 'new',
  changed: 'changed',
  unsigned: 'unsigned',
  'bad-signature': 'bad signature',
  'unknown-key': 'unknown key',
};

function linesOf(release: JudgedRelease, { colors }: Output): readonly string[] {
  const { provider, verdict, version } = release;
  const status = statusOf(verdict);
  const { error, rule, signedBy, warning } = verdict;
  const paint =
    error !== undefined || status === 'changed'
      ? colors.red
      : status === 'pinned'
        ? colors.green
        : colors.yellow;
  const place =
    rule === undefined ? '' : status === 'changed' ? `, not at ${rule.place}` : ` ${rule.place}`;
  const state =
    status === 'pinned' || status === 'changed' ? `${words[status]}${place}` : words[status];
  const name = `${formatProviderAddress(provider)} ${formatVersion(version)}`;
  return [
    `${colors.bold(name)}   ${paint(state)}`,
    ...(signedBy === undefined ? [] : [`  ${signerLine(release)}`]),
    // An error is told where all errors are.
    ...(error === undefined && warning !== undefined && signedBy === undefined
      ? [`  ${warning}`]
      : []),
  ];
}

function signerLine({ expiresAt, verdict: { signedBy } }: JudgedRelease): string {
  if (signedBy === undefined) return '';
  const { fingerprint, keyExpired, signatureExpired, userId } = signedBy;
  return [
    fingerprint,
    ...(userId === undefined ? [] : [`"${userId}"`]),
    ...(expiresAt === undefined
      ? [keyExpired ? 'expired' : 'never expires']
      : [`${keyExpired ? 'expired' : 'expires'} ${dateText(expiresAt)}`]),
    ...(signatureExpired ? ['the signature is expired'] : []),
  ].join('  ');
}

function closingLine(counts: Counts, { failed, releases, written }: TrustSummary): string {
  const parts = [
    ...Object.entries(words).flatMap(([status, word]) => {
      const count = counts[status as SignerStatus];
      return count === 0 ? [] : [`${count} ${word}`];
    }),
    ...(failed === 0 ? [] : [`${failed} could not be looked at`]),
  ];
  const wrote =
    written === undefined
      ? ''
      : written.rules === 0
        ? ` Nothing was added to ${written.file}.`
        : ` ${many(written.rules, 'rule')} added to ${written.file}: review it before you use it.`;
  return `${many(releases.length, 'release')}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}.${wrote}`;
}

function asObject({ expiresAt, provider, verdict, version }: JudgedRelease) {
  const { error, isAccepted, kind, rule, signedBy, warning } = verdict;
  return {
    type: 'signer',
    provider: formatProviderAddress(provider),
    version: formatVersion(version),
    status: statusOf(verdict),
    verdict: kind,
    accepted: isAccepted,
    ...(signedBy === undefined
      ? {}
      : {
          fingerprint: signedBy.fingerprint,
          keyId: signedBy.keyId,
          ...(signedBy.userId === undefined ? {} : { userId: signedBy.userId }),
          keyExpired: signedBy.keyExpired,
          signatureExpired: signedBy.signatureExpired,
          ...(expiresAt === undefined ? {} : { expiresAt: expiresAt.toISOString() }),
        }),
    ...(rule === undefined ? {} : { rule: rule.place }),
    ...(warning === undefined ? {} : { warning }),
    ...(error === undefined ? {} : { code: codeOf(error), message: describeError(error) }),
  };
}
