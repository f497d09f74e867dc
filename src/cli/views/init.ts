import type { Diagnostic } from '../../base/index.ts';
import {
  displayProvider,
  formatConstraints,
  formatProviderAddress,
  formatVersion,
  type ProviderAddress,
  type Version,
} from '../../domain/index.ts';
import type { Authentication, InstallEvents, InitSummary } from '../../install/index.ts';
import { renderDiagnostic } from './diagnostics.ts';
import { renderExpiredKey } from './expired-key.ts';
import type { Output } from './output.ts';
import type { Progress } from './progress.ts';
import { tofuMessage, tofuDiagnostic } from './tofu-json.ts';

/** What `init` says, in OpenTofu's lines, or in its machine-readable form with `--json`. */
export interface InitView {
  readonly events: InstallEvents;
  begin(): void;
  /** @param cause the error that it tells of, if any */
  diagnostic(diagnostic: Diagnostic, cause?: unknown): void;
  /** What registries said for people, before what failed is told. */
  registryWarnings(): void;
  /** @param folderIsEmpty there is no configuration at all: perhaps it is the wrong folder */
  finish(summary: InitSummary, folderIsEmpty: boolean): void;
}

export function createInitView(output: Output, progress: Progress): InitView {
  let signed = false;
  const registryWarnings: Diagnostic[] = [];
  const say = (text: string, level: 'info' | 'warn' = 'info'): void => {
    if (output.json) output.object(tofuMessage(text, level));
    else output.line(`- ${text}`);
  };
  /** What is only on the way to something. */
  const tell = (text: string): void => {
    if (!output.quiet) say(text);
  };
  const diagnostic = (each: Diagnostic, cause?: unknown): void => {
    if (output.json) output.object(tofuDiagnostic(each, cause));
    else renderDiagnostic(output, each);
  };
  const paragraph = (text: string): void => {
    if (output.json) output.object(tofuMessage(text.replaceAll('\n', ' ')));
    else output.line(`\n${text}`);
  };
  const labelText = ({ keyIds, label }: Authentication): string =>
    keyIds.length === 0 ? label : `${label}, key ID ${output.colors.bold(keyIds.join(', '))}`;
  const tellWarnings = (): void => {
    for (const each of registryWarnings.splice(0)) diagnostic(each);
  };
  return {
    diagnostic,
    registryWarnings: tellWarnings,
    begin() {
      if (!output.quiet) paragraph('Initializing provider plugins...');
    },
    events: {
      builtIn: (provider) => say(`${displayProvider(provider)} is built in to OpenTofu`),
      query: ({ provider, constraints, locked }) => {
        const name = displayProvider(provider);
        const wanted = formatConstraints(constraints);
        if (locked) tell(`Reusing previous version of ${name} from the dependency lock file`);
        else if (wanted === '') tell(`Finding latest version of ${name}...`);
        else tell(`Finding ${name} versions matching "${wanted}"...`);
      },
      warned: (provider, texts) => {
        const lines = texts.map((text) => `- ${text}`).join('\n');
        registryWarnings.push({
          severity: 'warning',
          summary: 'Additional provider information from registry',
          detail: `The remote registry returned warnings for ${formatProviderAddress(provider)}:\n${lines}`,
        });
      },
      alreadyInstalled: (provider, version, place) => {
        const name = nameOf(provider, version);
        if (place === 'cache') {
          tell(`Detected previously-installed ${name} in the shared cache directory`);
        } else tell(`Using previously-installed ${name}`);
      },
      installing: (provider, version, place) => {
        const where = place === 'cache' ? ' to the shared cache directory' : '';
        tell(`Installing ${nameOf(provider, version)}${where}...`);
      },
      progress: (provider, received, total) =>
        progress.update(displayProvider(provider), received, total),
      keyExpired: (provider) => renderExpiredKey(output, provider),
      installed: (provider, version, authentication) => {
        progress.finish(displayProvider(provider));
        signed ||= authentication.label === 'signed';
        const name = nameOf(provider, version);
        if (authentication.signatureSkipped) say(`Installed ${name}. ${skipped}`, 'warn');
        else say(`Installed ${name} (${labelText(authentication)})`);
      },
      usingFromCache: (provider, version) =>
        tell(`Using ${nameOf(provider, version)} from the shared cache directory`),
      waiting: (directory) => tell(`Waiting for lock on cache directory ${directory}`),
    },
    finish(summary, folderIsEmpty) {
      progress.stop();
      if (signed && !output.quiet) paragraph(signedText);
      const text = lockFileText(summary.lockFile);
      if (text !== undefined) paragraph(text);
      tellWarnings();
      for (const each of summary.diagnostics) diagnostic(each);
      const done = doneText(summary, folderIsEmpty);
      if (output.json) output.object(tofuMessage(done));
      else output.line(`\n${output.colors.green(done)}`);
    },
  };
}

const nameOf = (provider: ProviderAddress, version: Version): string =>
  `${displayProvider(provider)} v${formatVersion(version)}`;

const skipped =
  'Signature validation was skipped due to the registry not containing GPG keys for this provider';

const signedText =
  "Providers are signed by their developers.\nIf you'd like to know more about provider signing, you can read about it here:\nhttps://opentofu.org/docs/cli/plugins/signing/";

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
