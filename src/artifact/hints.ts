import { type PackageHash, parsePackageHash, zhFromHex } from '../domain/index.ts';
import type { Annotations } from '../spec/index.ts';
import { annotationKeys } from './media-types.ts';
import type { PackageHints } from './package-record.ts';

/** Malformed hints are no hints: nobody signed them, and a hand-made index may carry anything. */
export function readHints(annotations: Annotations): PackageHints {
  const zh = annotations[annotationKeys.zh];
  const h1 = annotations[annotationKeys.h1];
  const size = annotations[annotationKeys.size];
  return {
    zh: zh !== undefined && /^[0-9a-f]{64}$/u.test(zh) ? zhFromHex(zh) : undefined,
    h1: h1 !== undefined ? readH1(h1) : undefined,
    size: size !== undefined && /^\d{1,15}$/u.test(size) ? Number(size) : undefined,
    filename: annotations[annotationKeys.filename],
  };
}

/** sha256 in padded base64: 43 characters and one `=`. */
function readH1(text: string): PackageHash | undefined {
  return /^[A-Za-z0-9+/]{43}=$/u.test(text) ? parsePackageHash(`h1:${text}`) : undefined;
}
