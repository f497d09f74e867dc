import type { Credentials } from './credentials.ts';

/** One way in which a server offers to be authenticated to. */
export interface Challenge {
  /** Lower case: `basic`, `bearer`, … */
  readonly scheme: string;
  /** By lower-case name; of a repeated one the first counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** No server offers more ways, or describes one at more length. */
const maxChallenges = 10;
const maxParameters = 20;
/** Ten scopes of the longest names there are. */
const maxValueLength = 4096;

const tokenChars = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/u;

/**
 * Reads `WWW-Authenticate` fields: several challenges in one line or in many, quoted strings, missing
 * parameters. Never throws; what makes no sense is skipped.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */
export function parseChallenges(fields: readonly string[]): readonly Challenge[] {
  return fields.flatMap(parseField).slice(0, maxChallenges);
}

/**
 * The challenge to answer. Bearer comes before Basic: it shows the password to the token server only. One that
 * names no token server can not be answered.
 */
export function chooseChallenge(
  challenges: readonly Challenge[],
  kind: Credentials['kind'],
): Challenge | undefined {
  const bearer = challenges.find(
    ({ parameters, scheme }) => scheme === 'bearer' && (parameters.get('realm') ?? '') !== '',
  );
  if (bearer !== undefined) return bearer;
  if (kind === 'basic') return challenges.find(({ scheme }) => scheme === 'basic');
  return kind === 'access-token' ? challenges.find(({ scheme }) => scheme === 'bearer') : undefined;
}

function parseField(text: string): readonly Challenge[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  let at = 0;

  const skip = (chars: string): void => {
    while (at < text.length && chars.includes(text[at] ?? '')) at++;
  };
  const token = (): string => {
    const start = at;
    while (at < text.length && tokenChars.test(text[at] ?? '')) at++;
    return text.slice(start, at);
  };
  const quotedString = (): string => {
    let value = '';
    for (at++; at < text.length && text[at] !== '"'; at++) {
      if (text[at] === '\\') at++;
      value += text[at] ?? '';
    }
    at++;
    return value;
  };

  while (at < text.length) {
    skip(' \t,');
    const name = token().toLowerCase();
    if (name === '') {
      // Not the start of anything; go on behind it.
      at++;
      continue;
    }
    skip(' \t');
    if (text[at] !== '=') {
      found.push({ scheme: name, parameters: new Map() });
      continue;
    }
    at++;
    skip(' \t');
    const value = text[at] === '"' ? quotedString() : token();
    const parameters = found.at(-1)?.parameters;
    const isWelcome = value.length <= maxValueLength && parameters?.has(name) === false;
    if (isWelcome && parameters.size < maxParameters) parameters.set(name, value);
  }
  return found;
}
