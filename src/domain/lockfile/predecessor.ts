import type { Diagnostic } from '../../base/index.ts';
import { defaultHost, formatProviderAddress, type ProviderAddress } from '../provider-address.ts';
import type { LockFile } from './lock-file.ts';

export interface PredecessorUpgrade {
  readonly lockFile: LockFile;
  /** Which entry led to which new one. Empty when nothing was added. */
  readonly added: readonly { readonly from: ProviderAddress; readonly to: ProviderAddress }[];
  /** One warning when something was added. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * For each `registry.terraform.io/hashicorp/X` that a lock file from before OpenTofu names, adds the same
 * selection for `registry.opentofu.org/hashicorp/X` unless there is one: version and constraints, but no
 * hashes, since the packages differ. The old entries stay; whoever installs drops what is not needed.
 */
export function upgradeFromPredecessor(lockFile: LockFile): PredecessorUpgrade {
  let upgraded = lockFile;
  const added: { from: ProviderAddress; to: ProviderAddress }[] = [];
  for (const { provider: from, version, constraints } of lockFile.providers()) {
    if (from.hostname !== 'registry.terraform.io' || from.namespace !== 'hashicorp') continue;
    const to = { ...from, hostname: defaultHost };
    if (lockFile.get(to) !== undefined) continue;
    upgraded = upgraded.with({ provider: to, version, constraints, hashes: [] });
    added.push({ from, to });
  }
  return { lockFile: upgraded, added, diagnostics: added.length === 0 ? [] : [warning(added)] };
}

function warning(added: PredecessorUpgrade['added']): Diagnostic {
  const lines = added.map(
    ({ from, to }) => `  - ${formatProviderAddress(from)} => ${formatProviderAddress(to)}`,
  );
  return {
    severity: 'warning',
    summary: 'Dependency lock file entries automatically updated',
    detail: `The lock file names providers of the registry of OpenTofu's predecessor. The same versions were selected from OpenTofu's own registry:\n${lines.join('\n')}\n\nThe checksums recorded for the former do not apply to the latter, so they were not taken over.`,
  };
}
