import type { AccessEvent, RunningServer, TrustAdvice } from '../../server/index.ts';
import { type Output, printableLines } from './output.ts';

/** Where the server listens and how to reach it. */
export function renderServing(output: Output, server: RunningServer): void {
  const addresses = server.addresses.map(({ url }) => url);
  if (output.json) {
    output.object({ type: 'serving', addresses, trust: server.trustAdvice ?? null });
    return;
  }
  for (const url of addresses) output.line(`Serving the OCI registry on ${url}`);
  if (server.trustAdvice !== undefined) renderTrust(output, server.trustAdvice);
  if (addresses.every((url) => url.startsWith('http:'))) {
    output.note(
      'OpenTofu speaks HTTPS only; add --tls-self-signed DIR for it. tofu-oci itself uses HTTP on loopback.',
    );
  }
  output.note('Press Ctrl-C to stop.');
}

const systemNames = { linux: 'Linux', macos: 'macOS', windows: 'Windows' } as const;

function renderTrust(output: Output, advice: TrustAdvice): void {
  if (advice.replaced) {
    output.note(
      `\nThe certificates in ${advice.caFile} are new: the old ones had expired, or did not name this host.\nWhoever trusted the old authority must trust this one, and servers that use it must be started again.`,
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

/** One request in the form of an access log. */
export function accessLine(event: AccessEvent): string {
  const who = event.user ?? '-';
  const end = event.complete ? '' : ' (cut off)';
  return printableLines(
    `${event.remoteAddress} ${who} ${event.method} ${event.path} ${event.status} ${event.durationMs.toFixed(1)} ms${end}`,
  );
}
