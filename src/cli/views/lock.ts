import type { Diagnostic } from '../../base/index.ts';
import { displayProvider, formatPlatform, formatVersion } from '../../domain/index.ts';
import type {
  Authentication,
  LockChange,
  LockedPackage,
  LockEvents,
  LockSummary,
} from '../../install/index.ts';
import { renderDiagnostic } from './diagnostics.ts';
import { renderExpiredKey } from './expired-key.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';
import { tofuDiagnostic, tofuMessage } from './tofu-json.ts';

/** What `lock` says, in the lines of `tofu providers lock`, or in its machine-readable form with `--json`. */
export interface LockView {
  readonly events: LockEvents;
  /** @param cause the error that it tells of, if any */
  diagnostic(diagnostic: Diagnostic, cause?: unknown): void;
  /** @param checked nothing was to be changed */
  finish(summary: LockSummary, options: { readonly checked: boolean }): void;
}

export function createLockView(output: Output, progress: Progress): LockView {
  const say = (text: string): void => {
    if (output.json) output.object(tofuMessage(text));
    else output.line(`- ${text}`);
  };
  const diagnostic = (each: Diagnostic, cause?: unknown): void => {
    if (output.json) output.object(tofuDiagnostic(each, cause));
    else renderDiagnostic(output, each);
  };
  return {
    diagnostic,
    events: {
      fetching: (one) => {
        if (!output.quiet) say(`Fetching ${nameOf(one)}...`);
      },
      progress: (one, received, total) => progress.update(nameOf(one), received, total),
      retrieved: (one, authentication) => {
        progress.finish(nameOf(one));
        say(`Retrieved ${nameOf(one)} (${labelText(authentication, output)})`);
      },
      keyExpired: (provider) => renderExpiredKey(output, provider),
      told: (one, source) =>
        say(`Retrieved the checksums of ${nameOf(one)} from ${source} (trusted mirror)`),
      obtained: ({ kind, platform, provider }) =>
        say(
          `Obtained ${displayProvider(provider)} checksums for ${formatPlatform(platform)}; ${changeText[kind]}`,
        ),
    },
    finish({ diagnostics, lockFile }, { checked }) {
      progress.stop();
      for (const each of diagnostics) diagnostic(each);
      const { colors } = output;
      if (lockFile === 'unchanged') {
        const what = checked ? 'tofu-oci has checked' : 'OpenTofu has validated';
        const text = `${what} the lock file and found no need for changes.`;
        if (output.json) output.object(tofuMessage(`Success! ${text}`));
        else output.line(`\n${colors.bold(colors.green('Success!'))} ${colors.bold(text)}`);
        return;
      }
      const text = 'OpenTofu has updated the lock file.';
      const review =
        'Review the changes in .terraform.lock.hcl and then commit to your\nversion control system to retain the new checksums.';
      if (output.json) {
        output.object(
          tofuMessage(`Success! ${text} ${review.replace('\n', ' ').replace(/\.$/u, '')}`),
        );
      } else {
        output.line(`\n${colors.bold(colors.green('Success!'))} ${colors.bold(text)}`);
        output.line(`\n${review}\n`);
      }
    },
  };
}

const nameOf = ({ platform, provider, version }: LockedPackage): string =>
  `${displayProvider(provider)} ${formatVersion(version)} for ${formatPlatform(platform)}`;

const labelText = ({ keyIds, label }: Authentication, { colors }: Output): string =>
  keyIds.length === 0 ? label : `${label}, key ID ${colors.bold(keyIds.join(', '))}`;

const changeText: Readonly<Record<LockChange['kind'], string>> = {
  'new-provider':
    'This was a new provider and the checksums for this platform are now tracked in the lock file',
  'new-hashes': 'Additional checksums for this platform are now tracked in the lock file',
  none: 'All checksums for this platform were already tracked in the lock file',
};
