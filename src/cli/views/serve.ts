import type { RunningServer, ServerNotice, TrustAdvice } from '../../server/index.ts';
import { renderError } from './errors.ts';
import type { Output } from './output.ts';

/** What the server was told to do, as far as its operator should see it. */
export interface ServingSettings {
  /** Of the registry; undefined where there is none. */
  readonly folder: string | undefined;
  /** Where the providers are that the gateway offers. */
  readonly providers?: string | undefined;
  /** Whether releases can be signed: by developers whom a trust rule accepts, or by the server's own key. */
  readonly canSign?: boolean | undefined;
  /** What else is strange about the settings. */
  readonly warnings?: readonly string[];
  /** What clients call the server. */
  readonly publicUrl?: string | undefined;
  readonly readOnly: boolean;
  readonly htpasswd?: string | undefined;
  readonly tokens?: string | undefined;
  readonly rights?: string | undefined;
}

/** Where the server listens, what it gives to whom, and how to reach it. */
export function renderServing(
  output: Output,
  server: RunningServer,
  settings: ServingSettings,
): void {
  const { folder, providers, readOnly } = settings;
  const warnings = [...server.warnings, ...(settings.warnings ?? [])];
  const addresses = server.addresses.map(({ url }) => url);
  const metrics = server.metricsAddress?.url;
  if (output.json) {
    const trust = server.trustAdvice ?? null;
    const what = { folder: folder ?? null, providers: providers ?? null, readOnly, warnings };
    output.object({ type: 'serving', addresses, metrics: metrics ?? null, trust, ...what });
    return;
  }
  const what = folder === undefined ? 'providers' : 'the OCI registry';
  for (const url of addresses) output.line(`Serving ${what} on ${url}`);
  if (metrics !== undefined) output.line(`Metrics on ${metrics}/metrics`);
  if (folder !== undefined) {
    output.note(`Folder ${folder}${readOnly ? ', read-only' : ''}. ${whoMay(settings)}`);
  }
  if (providers !== undefined) renderGateway(output, addresses, settings);
  for (const text of warnings) renderWarning(output, text);
  if (server.trustAdvice !== undefined) renderTrust(output, server.trustAdvice);
  if (addresses.every((url) => url.startsWith('http:'))) {
    output.note(
      'OpenTofu speaks HTTPS only; add --tls-self-signed DIR for it. tofu-oci itself uses HTTP on loopback.',
    );
  }
  output.note('Press Ctrl-C to stop.');
}

/** What goes into a CLI configuration. */
function renderGateway(
  output: Output,
  addresses: readonly string[],
  { canSign = false, htpasswd, providers = '', publicUrl, tokens }: ServingSettings,
): void {
  const secure = addresses.find((one) => one.startsWith('https:'));
  const url = (publicUrl ?? secure ?? addresses[0] ?? '').replace(/\/+$/u, '');
  output.note(`Providers of ${providers}:`);
  output.note(`  pages              ${url}/`);
  output.note(`  network mirror     ${url}/v1/mirror/`);
  output.note(`  provider registry  ${url}/v1/providers/HOST/  ("providers.v1" of a host block)`);
  if (!canSign) {
    const why = 'no trust file (--trust) and no key of this server (--sign-key)';
    output.note(
      `  The provider registry offers none yet: ${why}. The network mirror needs neither.`,
    );
  }
  if (htpasswd !== undefined && tokens === undefined) {
    output.note('  OpenTofu and Terraform send tokens there, and no passwords: see --tokens.');
  }
}

function whoMay({ htpasswd, readOnly, rights, tokens }: ServingSettings): string {
  const what = readOnly ? 'read' : 'read and write';
  if (rights !== undefined) return `The rules in ${rights} say who may ${what}.`;
  if (htpasswd === undefined) {
    return tokens === undefined ? `Everybody may ${what}.` : `Tokens say who may ${what}.`;
  }
  const bearers = tokens === undefined ? '' : ` and whoever has a token of ${tokens}`;
  return `The users in ${htpasswd}${bearers} may ${what}.`;
}

function renderWarning(output: Output, text: string): void {
  output.error(`${output.colors.yellow('Warning:')} ${text}.`);
}

const systemNames = { linux: 'Linux', macos: 'macOS', windows: 'Windows' } as const;

function renderTrust(output: Output, advice: TrustAdvice): void {
  if (advice.replaced) {
    output.note(
      `\nThe certificates in ${advice.caFile} are new: the old ones had expired, or did not name this host.\nWhoever trusted the old authority must trust this one, and other servers that use this folder take it up by themselves.`,
    );
  }
  output.note(
    `\nThe certificate is for development. To make OpenTofu trust it (${advice.caFile}):`,
  );
  for (const step of advice.steps) {
    output.note(`  ${systemNames[step.system]}: ${step.command}`);
    output.note(`    ${step.why}`);
  }
  output.note(`tofu-oci itself takes --ca-file ${shellWord(advice.caFile)}\n`);
}

/** A path as it can be pasted into a shell. */
function shellWord(path: string): string {
  return /^[\w@%+=:,./\\-]+$/u.test(path) ? path : `"${path}"`;
}

/** What became of a file that was changed while the server runs. */
export function renderNotice(output: Output, notice: ServerNotice): void {
  if (notice.kind === 'warning') {
    if (output.json) output.object({ type: 'warning', message: notice.text });
    renderWarning(output, notice.text);
    return;
  }
  if (output.json) {
    const { kind, file } = notice;
    output.object({ type: kind === 'kept' ? 'reload-failed' : 'reloaded', file });
  }
  if (notice.kind === 'reloaded') {
    output.note(`${notice.file} has changed; the new content is in force.`);
    return;
  }
  output.error(
    `${notice.file} has changed and can not be used; what was there before stays in force.`,
  );
  renderError(output, notice.error);
}
