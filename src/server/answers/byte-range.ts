/** Bytes `start` to `end`, both counted from 0 and both included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a `Range` header asks of content of a known size. */
export type RangeRequest =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  | { readonly kind: 'unsatisfiable' };

/**
 * Single byte ranges of RFC 9110 §14. Other units and several ranges are ignored, which the RFC
 * allows: the answer is then the whole content. A range whose end lies before its start is refused
 * (the RFC would let us ignore it; the conformance suite of the distribution specification wants 416).
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 */
export function parseRange(header: string | undefined, size: number): RangeRequest {
  const match = /^bytes=[ \t]*([0-9]{0,20})-([0-9]{0,20})[ \t]*$/iu.exec(header ?? '');
  if (match === null) return { kind: 'whole' };
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return { kind: 'whole' };
  if (first === '') return suffixRange(Number(last), size);
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return start <= end ? { kind: 'part', range: { start, end } } : { kind: 'unsatisfiable' };
}

function suffixRange(length: number, size: number): RangeRequest {
  if (length === 0 || size === 0) return { kind: 'unsatisfiable' };
  return { kind: 'part', range: { start: Math.max(0, size - length), end: size - 1 } };
}

/**
 * The `Content-Range` of an upload chunk: `a-b`, both inclusive. The `bytes a-b/N` form of RFC 9110,
 * which some clients send, is understood too. `undefined` when it is neither.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pushing-a-blob-in-chunks
 */
export function parseChunkRange(header: string): ByteRange | undefined {
  const match = /^(?:bytes )?([0-9]{1,16})-([0-9]{1,16})(?:\/(?:\*|[0-9]{1,16}))?$/u.exec(header);
  if (match === null) return undefined;
  const start = Number(match[1]);
  const end = Number(match[2]);
  return start <= end && Number.isSafeInteger(end) ? { start, end } : undefined;
}
