import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Clock, systemClock } from '../../base/index.ts';
import type { PackageUrls, UrlGrant } from './package-urls.ts';

export interface HmacUrlOptions {
  /**
   * At least 32 bytes; several gateways behind one address share it. Random without it: then URLs are good at the
   * gateway that made them, until it is started again.
   */
  readonly secret?: Uint8Array | undefined;
  readonly clock?: Clock | undefined;
}

/** A client asks for the document, and fetches the package at once; a slow line does not matter once it has begun. */
const goodForMs = 10 * 60 * 1000;
/** Clocks of replicas. */
const toleranceMs = 60 * 1000;
/** How long one key is in use: what leaks with a key is good for no longer. */
const periodMs = 24 * 60 * 60 * 1000;

const names = { expires: 'expires', principal: 'principal', signature: 'signature' } as const;

/**
 * URLs that carry who was given them, until when, and an HMAC-SHA256 over that, the repository and the file. The key
 * is made from the secret and the day of the expiry, so it changes every day and nothing has to be stored.
 */
export function createHmacUrls({
  clock = systemClock,
  secret = randomBytes(32),
}: HmacUrlOptions = {}): PackageUrls {
  const keyFor = (expires: number): Buffer => {
    const period = Math.floor(expires / periodMs);
    return createHmac('sha256', secret)
      .update(`tofu-oci URLs of day ${String(period)}`)
      .digest();
  };
  const signatureOf = ({ path, principal, sha256 }: UrlGrant, expires: number): Buffer =>
    createHmac('sha256', keyFor(expires))
      .update(JSON.stringify([path, sha256, principal, expires]))
      .digest();
  return {
    sign(grant) {
      const expires = clock.now() + goodForMs;
      return new URLSearchParams({
        [names.expires]: String(expires),
        [names.principal]: grant.principal,
        [names.signature]: signatureOf(grant, expires).toString('base64url'),
      }).toString();
    },
    verify(query, file) {
      const [expiresText, principal, signature] = [
        only(query, names.expires),
        only(query, names.principal),
        only(query, names.signature),
      ];
      if (expiresText === undefined || principal === undefined || signature === undefined) {
        return undefined;
      }
      const expires = /^[1-9][0-9]{0,14}$/u.test(expiresText) ? Number(expiresText) : 0;
      const left = expires - clock.now();
      if (left <= 0 || left > goodForMs + toleranceMs) return undefined;
      // As texts: the last character of one has bits that count for nothing when it is decoded.
      const wanted = Buffer.from(
        signatureOf({ ...file, principal }, expires).toString('base64url'),
      );
      const given = Buffer.from(signature);
      return given.length === wanted.length && timingSafeEqual(given, wanted)
        ? principal
        : undefined;
    },
  };
}

/** The value of a parameter that is there once. */
function only(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name);
  return values.length === 1 ? values[0] : undefined;
}
