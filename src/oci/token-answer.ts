import { type CallOptions, redactUrl } from '../base/index.ts';
import type { HttpHeaders, HttpResponse } from '../http/index.ts';
import { readJson } from './answer-body.ts';
import { InvalidAnswerError } from './errors.ts';

export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch, by our own clock: the server's may be wrong. */
  readonly expiresAt: number;
  /** For the token server that gave it, to get the next token with, and for nobody else. */
  readonly refreshToken: string | undefined;
}

/** Real answers have 1 to 5 KB; those for people in hundreds of groups some tens. */
const maxAnswerBytes = 128 * 1024;
/** A header field that no server takes; most end at 8 or 16 KiB. */
const maxTokenLength = 64 * 1024;

/** Also what a server promises that says nothing. */
const minLifetimeSeconds = 60;
/** Longer promises are not believed: a revoked right should not outlive a long mirror job by days. */
const maxLifetimeSeconds = 24 * 3600;
/** So that a token does not expire on its way. */
const marginSeconds = 10;
/** What is left at least of a token that was issued a while ago, so that not every request asks for a new one. */
const minRestSeconds = 20;

/**
 * Reads what a token server gave.
 * @param askedAt when it was asked, milliseconds since the epoch: a life is counted from there.
 * @see https://distribution.github.io/distribution/spec/auth/token/#token-response-fields
 * @throws InvalidAnswerError
 */
export async function readToken(
  response: HttpResponse,
  askedAt: number,
  options: CallOptions,
): Promise<Token> {
  const document = await readJson(response, maxAnswerBytes, options);
  const value = [document['token'], document['access_token']].find(
    (candidate) => typeof candidate === 'string' && candidate !== '',
  );
  if (!isUsable(value)) {
    throw new InvalidAnswerError(redactUrl(response.url), 'it holds no usable token');
  }
  const refreshToken = document['refresh_token'];
  return {
    value,
    expiresAt: askedAt + restOf(document, response.headers) * 1000,
    refreshToken: isUsable(refreshToken) ? refreshToken : undefined,
  };
}

function isUsable(value: unknown): value is string {
  return (
    typeof value === 'string' && value.length <= maxTokenLength && /^[\x21-\x7e]+$/u.test(value)
  );
}

/** Seconds that a token may be used for. */
function restOf(document: Readonly<Record<string, unknown>>, headers: HttpHeaders): number {
  const promised = Number(document['expires_in'] ?? minLifetimeSeconds);
  const lifetime = Number.isFinite(promised)
    ? Math.min(maxLifetimeSeconds, Math.max(minLifetimeSeconds, promised))
    : minLifetimeSeconds;
  const age = ageOf(document['issued_at'], headers.get('date'));
  return Math.max(minRestSeconds, lifetime - age - marginSeconds);
}

/**
 * Seconds since a token was issued: some servers hand out again what they made for the last one who asked. Told by
 * the server's own clock on both sides, so that a wrong one, or ours, does no harm.
 */
function ageOf(issuedAt: unknown, date: string | undefined): number {
  const [from, to] = [Date.parse(String(issuedAt)), Date.parse(date ?? '')];
  const age = (to - from) / 1000;
  return Number.isFinite(age) && age > 0 && age <= maxLifetimeSeconds ? age : 0;
}
