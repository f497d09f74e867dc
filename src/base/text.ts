const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

/**
 * Text from a remote party, fit for a terminal and a log: control and bidirectional characters are
 * replaced, and it is cut at `maxLength` characters.
 */
export function printable(text: string, maxLength = 1000): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replaceAll(unsafe, '\ufffd');
}

/**
 * A value as one line of JSON that is as fit for a terminal: the same characters are escaped, so that the
 * value stays what it is.
 */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(
    unsafe,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The text as Go's `%q` prints it in the plain cases: in double quotes, with escapes. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Compares as Go and the lock file do: by UTF-8 bytes, independent of locale. */
export function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
