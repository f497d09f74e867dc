import { printable } from '../../base/index.ts';
import { formatWireErrors, type WireErrorCode } from '../../spec/index.ts';
import type { Answer } from '../answers/index.ts';

export interface Refusal {
  /** From the specification's list, or `UNKNOWN` for what has no code there. */
  readonly code: WireErrorCode | 'UNKNOWN';
  /** One sentence for the person who reads the client's output. */
  readonly message: string;
  readonly detail?: unknown;
}

/**
 * A refusal in the body format of the specification. Texts of the request are made printable.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
export function refuse(status: number, refusal: Refusal, headers: Answer['headers'] = {}): Answer {
  return {
    status,
    headers: { 'Content-Type': 'application/json', ...headers },
    body: formatWireErrors([{ ...refusal, message: printable(refusal.message) }]),
  };
}
