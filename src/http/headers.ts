import type { HttpHeaders } from './interfaces.ts';

/** From a flat list of names and values, as they came over the wire. */
export function headersFromRaw(raw: readonly string[]): HttpHeaders {
  const lines = new Map<string, string[]>();
  let bytes = 0;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const values = lines.get(name) ?? [];
    values.push(raw[index + 1] ?? '');
    lines.set(name, values);
    // With the colon, the space and the line end.
    bytes += name.length + (raw[index + 1] ?? '').length + 4;
  }
  return {
    get: (name) => lines.get(name.toLowerCase())?.join(', '),
    all: (name) => lines.get(name.toLowerCase()) ?? [],
    bytes,
  };
}

/** The form that all senders must use; the two obsolete ones are not worth reading. */
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/u;

/**
 * Milliseconds a `Retry-After` asks for, from seconds or a date; undefined when there is none to
 * understand.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  const text = value.trim();
  if (/^\d+$/u.test(text)) return Number(text) * 1000;
  const date = httpDate.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}
