import type { Diagnostic } from '../../base/index.ts';
import { displayProvider, formatConstraints, formatVersion } from '../../domain/index.ts';
import type { InstallEvents, InitSummary } from '../../install/index.ts';
import { renderDiagnostic } from './diagnostics.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';
import { tofuMessage, tofuDiagnostic } from './tofu-json.ts';

/** What `init` says, in OpenTofu's lines, or in its machine-readable form with `--json`. */
export interface InitView {
  readonly events: InstallEvents;
  begin(): void;
  /** @param cause the error that it tells of, if any */
  diagnostic(diagnostic: Diagnostic, cause?: unknown): void;
  /** @param folderIsEmpty there is no configuration at all: perhaps it is the wrong folder */
  finish(summary: InitSummary, folderIsEmpty: boolean): void;
}

export function createInitView(output: Output, progress: Progress): InitView {
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
    begin() {
      const text = 'Initializing provider plugins...';
      if (output.json) output.object(tofuMessage(text));
      else output.line(`\n${text}`);
    },
    events: {
      builtIn: (provider) => say(`${displayProvider(provider)} is built in to OpenTofu`),
      query: ({ provider, constraints, locked }) => {
        const name = displayProvider(provider);
        const wanted = formatConstraints(constraints);
        if (locked) say(`Reusing previous version of ${name} from the dependency lock file`);
        else if (wanted === '') say(`Finding latest version of ${name}...`);
        else say(`Finding ${name} versions matching "${wanted}"...`);
      },
      alreadyInstalled: (provider, version) =>
        say(`Using previously-installed ${displayProvider(provider)} v${formatVersion(version)}`),
      installing: (provider, version) =>
        say(`Installing ${displayProvider(provider)} v${formatVersion(version)}...`),
      progress: (provider, received, total) =>
        progress.update(displayProvider(provider), received, total),
      installed: (provider, version, label) => {
        progress.finish(displayProvider(provider));
        say(`Installed ${displayProvider(provider)} v${formatVersion(version)} (${label})`);
      },
    },
    finish(summary, folderIsEmpty) {
      progress.stop();
      const text = lockFileText(summary.lockFile);
      if (text !== undefined) {
        if (output.json) output.object(tofuMessage(text.replaceAll('\n', ' ')));
        else output.line(`\n${text}`);
      }
      for (const each of summary.diagnostics) diagnostic(each);
      const done = doneText(summary, folderIsEmpty);
      if (output.json) output.object(tofuMessage(done));
      else output.line(`\n${output.colors.green(done)}`);
    },
  };
}

function doneText(summary: InitSummary, folderIsEmpty: boolean): string {
  if (summary.providers.length > 0) return 'The providers of this configuration are installed.';
  return folderIsEmpty
    ? 'The directory has no OpenTofu configuration files, so there is nothing to install.'
    : 'This configuration requires no providers.';
}

function lockFileText(outcome: InitSummary['lockFile']): string | undefined {
  switch (outcome) {
    case 'created':
      return 'tofu-oci has created a lock file .terraform.lock.hcl to record the provider\nselections it made above. Commit it, so that OpenTofu and tofu-oci make the\nsame selections from now on.';
    case 'changed':
      return 'tofu-oci has made some changes to the provider dependency selections recorded\nin the .terraform.lock.hcl file. Review those changes and commit them.';
    case 'not-updated':
    case 'unchanged':
      return undefined;
  }
}
