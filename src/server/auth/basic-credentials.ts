export interface BasicCredentials {
  readonly user: string;
  readonly password: string;
}

/** Longer credentials are refused unread; bcrypt itself looks at 72 bytes of a password only. */
const maxHeaderLength = 4096;

/**
 * Reads `Authorization: Basic …`; `undefined` for any other scheme and for malformed ones.
 * @see https://www.rfc-editor.org/rfc/rfc7617#section-2
 */
export function parseBasicCredentials(header: string | undefined): BasicCredentials | undefined {
  if (header === undefined || header.length > maxHeaderLength) return undefined;
  const match = /^basic +([A-Za-z0-9+/]+={0,2}) *$/iu.exec(header);
  if (match?.[1] === undefined) return undefined;
  const text = Buffer.from(match[1], 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
