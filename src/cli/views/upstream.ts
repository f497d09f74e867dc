import { formatVersion } from '../../domain/index.ts';
import type { UpstreamComparison } from '../../publish/index.ts';
import type { Upstream } from '../upstream.ts';
import { many } from './columns.ts';
import { describeError } from './errors.ts';
import { codeOf } from './failures.ts';

/** Of many versions the first and the last tell enough; `--json` has all. */
const maxNamed = 6;

/** A release beside its origin, in lines. */
export function upstreamLines({ newer, state }: Upstream): readonly string[] {
  const behind = newerLine(newer);
  const more = behind === undefined ? [] : [behind];
  switch (state.kind) {
    case 'vanished':
      return [vanishedText(state.what), ...more];
    case 'failed':
      return ['not compared', ...more];
    case 'compared': {
      const { changed, missing, unlisted, withdrawn } = state;
      const lines = [
        [changed.length + unlisted.length > 0 ? 'OTHER PACKAGES' : 'same', countText(state)],
        ...(missing.length === 0 ? [] : [['only there:', missing.join(' ')]]),
        ...(withdrawn.length === 0 ? [] : [['not there any more:', withdrawn.join(' ')]]),
      ];
      const [first = [], ...others] = lines;
      return [first.join(', '), ...others.map((line) => line.join(' ')), ...more];
    }
  }
}

/** The same, in the few words that fit into a table. */
export function upstreamWord({ state }: Upstream): string {
  switch (state.kind) {
    case 'vanished':
      return 'not upstream any more';
    case 'failed':
      return 'upstream unknown';
    case 'compared': {
      const { changed, errors, key, missing, unlisted, withdrawn } = state;
      if (errors.length > 0) {
        const isOther = changed.length + unlisted.length > 0;
        return [...(isOther ? ['OTHER PACKAGES'] : []), ...(key === 'changed' ? ['OTHER KEY'] : [])]
          .join(', ')
          .concat(' upstream');
      }
      const told = [
        ...(missing.length === 0 ? [] : [`${missing.length} more`]),
        ...(withdrawn.length === 0 ? [] : [`${withdrawn.length} withdrawn`]),
      ];
      return ['same upstream', ...told].join(', ');
    }
  }
}

/** The versions that are not held yet; undefined when there are none. */
export function newerLine(newer: readonly Upstream['newer'][number][]): string | undefined {
  if (newer.length === 0) return undefined;
  const names = newer.map(formatVersion);
  const shown =
    names.length <= maxNamed ? names : [...names.slice(0, 2), '…', ...names.slice(-(maxNamed - 3))];
  return `${many(newer.length, 'newer version')}: ${shown.join(', ')}`;
}

/** As `--json` has it. */
export function upstreamObject({ newer, state }: Upstream): Readonly<Record<string, unknown>> {
  const versions = newer.map(formatVersion);
  switch (state.kind) {
    case 'vanished':
      return { state: 'vanished', what: state.what, newer: versions };
    case 'failed': {
      const { error } = state;
      const told = { code: codeOf(error), message: describeError(error) };
      return { state: 'unknown', ...told, newer: versions };
    }
    case 'compared': {
      const { changed, errors, key, missing, offered, same, signedBy, unlisted, withdrawn } = state;
      return {
        state: errors.length > 0 ? 'changed' : 'same',
        same,
        offered,
        changed,
        unlisted,
        withdrawn,
        missing,
        key,
        ...(signedBy === undefined
          ? {}
          : { keyId: signedBy.keyId, fingerprint: signedBy.fingerprint }),
        newer: versions,
      };
    }
  }
}

/** For a closing line and its object. */
export interface UpstreamCounts {
  readonly same: number;
  readonly changed: number;
  readonly vanished: number;
  readonly unknown: number;
}

export function countUpstream(all: readonly Upstream[]): UpstreamCounts {
  const counts = { same: 0, changed: 0, vanished: 0, unknown: 0 };
  for (const { state } of all) {
    if (state.kind === 'vanished') counts.vanished += 1;
    else if (state.kind === 'failed') counts.unknown += 1;
    else if (state.errors.length > 0) counts.changed += 1;
    else counts.same += 1;
  }
  return counts;
}

/** `upstream: 3 versions the same, 1 changed` */
export function countsText({ changed, same, unknown, vanished }: UpstreamCounts): string {
  const parts = [
    `${same} the same`,
    ...(changed > 0 ? [`${changed} CHANGED`] : []),
    ...(vanished > 0 ? [`${vanished} not there any more`] : []),
    ...(unknown > 0 ? [`${unknown} could not be compared`] : []),
  ];
  return `upstream: ${parts.join(', ')}`;
}

function vanishedText(what: 'version' | 'provider'): string {
  return what === 'version'
    ? 'its origin does not list the version'
    : 'its origin does not know the provider, or the platforms of this version';
}

function countText({ key, offered, same, signedBy }: UpstreamComparison): string {
  return `${same} of ${many(offered, 'package')}, ${keyText(key, signedBy)}`;
}

function keyText(key: UpstreamComparison['key'], signedBy: UpstreamComparison['signedBy']): string {
  const who = signedBy === undefined ? '' : ` ${signedBy.fingerprint}`;
  switch (key) {
    case 'same':
      return 'same key';
    case 'none':
      return 'not signed there either';
    case 'gained':
      return `signed there by${who}`;
    case 'renewed':
      return `another key, which the trust rule names:${who}`;
    case 'changed':
      return signedBy === undefined ? 'NO VALID SIGNATURE' : `OTHER KEY${who}`;
  }
}
