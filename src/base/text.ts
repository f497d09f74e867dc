/** Control and bidirectional characters, and those that nobody sees. */
const unsafe =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** What our own lines are made of besides text: ends of lines, tabs, and colours, but not hidden ones. */
const ours = /\n|\t|\u001b\[(?:[012]|22|3[0-79]|9[0-7])m/gu;

/**
 * Text from a remote party, fit for a terminal and a log: control and bidirectional characters are
 * replaced, and it is cut at `maxLength` characters.
 */
export function printable(text: string, maxLength = 1000): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replaceAll(unsafe, '\ufffd');
}

/**
 * The last check of whatever is written to a terminal: whoever made the text forgot no `printable`, or it is
 * made up for here. Ends of lines, tabs and plain colours stay.
 */
export function terminalText(text: string): string {
  let safe = '';
  let at = 0;
  for (const { 0: kept, index } of text.matchAll(ours)) {
    safe += text.slice(at, index).replaceAll(unsafe, '\ufffd') + kept;
    at = index + kept.length;
  }
  return safe + text.slice(at).replaceAll(unsafe, '\ufffd');
}

/**
 * A value as one line of JSON that is as fit for a terminal: the same characters are escaped, so that the
 * value stays what it is.
 */
export function jsonLine(value: unknown): string {
  return JSON.stringify(value).replaceAll(unsafe, (character) =>
    // Half by half: JSON has no escape for a whole pair.
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
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
