import { type CallOptions, readBounded } from '../base/index.ts';
import type { HttpClient } from '../http/index.ts';
import { discard } from '../http/index.ts';
import { OriginQueryError, UnsuccessfulStatusError } from './errors.ts';
import { exchangeWhole, type ExchangeRules, isTimeout, statusText } from './exchange.ts';
import { documentLimits, reasonOf } from './json-document.ts';
import type { PackageDocument } from './registry-package.ts';

/** The bytes that vouch for a package, as they came. */
export interface PackageProof {
  readonly sums: Buffer;
  readonly signature: Buffer;
}

interface ProofFile {
  readonly url: URL;
  /** `failed to retrieve WHAT for provider` */
  readonly what: string;
  readonly maxBytes: number;
}

/** What a download document and its address say of the files that vouch for the package. */
export type ProofPlaces = Pick<PackageDocument, 'provider' | 'sumsUrl' | 'signatureUrl'> & {
  readonly documentUrl: URL;
};

/**
 * Fetches SHA256SUMS and its signature side by side, without credentials. When both fail, the sums' failure
 * is told.
 * @throws OriginQueryError
 */
export async function fetchProof(
  http: HttpClient,
  document: ProofPlaces,
  rules: ExchangeRules,
  call: CallOptions,
): Promise<PackageProof> {
  const [sums, signature] = await Promise.allSettled([
    fetchSums(http, document, rules, call),
    fetchSignature(http, document, rules, call),
  ]);
  if (sums.status === 'rejected') throw sums.reason;
  if (signature.status === 'rejected') throw signature.reason;
  return { sums: sums.value, signature: signature.value };
}

/** @throws OriginQueryError */
export async function fetchSums(
  http: HttpClient,
  document: ProofPlaces,
  rules: ExchangeRules,
  call: CallOptions,
): Promise<Buffer> {
  const file = {
    url: document.sumsUrl,
    what: 'authentication checksums',
    maxBytes: documentLimits.sumsBytes,
  };
  return await fetchFile(http, { document, file, rules }, call);
}

/** @throws OriginQueryError */
export async function fetchSignature(
  http: HttpClient,
  document: ProofPlaces,
  rules: ExchangeRules,
  call: CallOptions,
): Promise<Buffer> {
  const file = {
    url: document.signatureUrl,
    what: 'cryptographic signature',
    maxBytes: documentLimits.signatureBytes,
  };
  return await fetchFile(http, { document, file, rules }, call);
}

interface FileRequest {
  readonly document: ProofPlaces;
  readonly file: ProofFile;
  readonly rules: ExchangeRules;
}

async function fetchFile(
  http: HttpClient,
  { document, file: { maxBytes, url, what }, rules }: FileRequest,
  call: CallOptions,
): Promise<Buffer> {
  try {
    return await exchangeWhole(
      http,
      { url, referredBy: document.documentUrl, rules },
      async ({ body, status, url: from }) => {
        if (status === 200) return await readBounded(body, { ...call, maxBytes, what: 'the file' });
        discard(body);
        throw new UnsuccessfulStatusError(
          `${statusText(status)} returned from ${from.host}`,
          status,
        );
      },
      call,
    );
  } catch (error) {
    if (call.signal?.aborted === true && !isTimeout(error)) throw error;
    const message = `failed to retrieve ${what} for provider: ${reasonOf(error)}`;
    const status = error instanceof UnsuccessfulStatusError ? error.status : 0;
    const cause = new UnsuccessfulStatusError(message, status, { cause: error });
    throw new OriginQueryError(document.provider, cause);
  }
}
