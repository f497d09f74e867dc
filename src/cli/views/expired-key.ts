import { displayHost, type ProviderAddress } from '../../domain/index.ts';
import type { Output } from './output.ts';
import { tofuMessage } from './tofu-json.ts';

/** A line, in OpenTofu's words, about a provider whose signing key has expired. */
export function renderExpiredKey(
  output: Output,
  { hostname, namespace, type }: ProviderAddress,
): void {
  const text = `Provider ${namespace}/${type} (${displayHost(hostname)}) gpg key expired, this will fail in future versions of OpenTofu`;
  if (output.json) output.object(tofuMessage(text, 'warn'));
  else output.line(`[WARN] ${text}`);
}
