import type { OfferedRelease } from '../gateway/index.ts';
import { printable } from '../../base/index.ts';

/** How good something is, beyond what its words say. */
export type Tone = 'good' | 'plain' | 'warn' | 'bad';

export interface Verdict {
  readonly tone: Tone;
  /** A few words. */
  readonly short: string;
  /** A sentence. */
  readonly long: string;
}

/** Who stands behind a release, for people. */
export function verdictOf({ ownPlatforms, proofs, verdict }: OfferedRelease): Verdict {
  const { kind, rule, signedBy } = verdict;
  const direct =
    ownPlatforms.size === 0
      ? 'It is offered as a network mirror only.'
      : 'Clients of the provider registry see this server’s own key, not the developer’s.';
  if (proofs.some(({ by }) => by === 'developer')) {
    const expired = kind === 'expired-key' ? ', which has expired' : '';
    return {
      tone: kind === 'expired-key' ? 'warn' : 'good',
      short: `signed${kind === 'expired-key' ? ', key expired' : ''}`,
      long: `Signed by a key that the trust rules name (${fileOf(rule?.place ?? '')})${expired}.`,
    };
  }
  switch (kind) {
    case 'none':
    case 'unsigned':
      return { tone: 'plain', short: 'not signed', long: `Nobody signed it. ${direct}` };
    case 'signed':
    case 'expired-key':
      return {
        tone: 'plain',
        short: 'signed, not pinned',
        long: `Signed by ${printable(signedBy?.keyId ?? 'a key')}, but no trust rule is for this provider. ${direct}`,
      };
    default:
      return {
        tone: 'warn',
        short: 'signature does not verify',
        long: 'It carries a signature that does not verify. It is offered as a network mirror only.',
      };
  }
}

/** Where in its folder the file is, is nothing for readers of pages. */
function fileOf(place: string): string {
  return printable(place.split(/[/\\]/u).at(-1) ?? '');
}

/** The release that somebody who asks for none in particular wants: no pre-release, where there is another. */
export function newestOf<T extends Pick<OfferedRelease, 'version'>>(
  ascending: readonly T[],
): T | undefined {
  return ascending.findLast(({ version }) => version.prerelease === '') ?? ascending.at(-1);
}

const units = ['bytes', 'kB', 'MB', 'GB'] as const;

/** Decimal, as everywhere in tofu-oci: `5.2 MB`. */
export function sizeText(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  const digits = power === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[power] ?? ''}`;
}

export function counted(count: number, one: string, many = `${one}s`): string {
  return `${String(count)} ${count === 1 ? one : many}`;
}
