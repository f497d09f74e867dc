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

/**
 * Fetches SHA256SUMS and its signature side by side, without credentials. When both fail, the sums' failure
 * is told.
 * @throws OriginQueryError
 */
export async function fetchProof(
  http: HttpClient,
  document: PackageDocument & { readonly documentUrl: URL },
  rules: ExchangeRules,
  call: CallOptions,
): Promise<PackageProof> {
  const fetchFile = async ({ maxBytes, url, what }: ProofFile): Promise<Buffer> => {
    try {
      return await exchangeWhole(
        http,
        { url, referredBy: document.documentUrl, rules },
        async ({ body, status, url: from }) => {
          if (status === 200)
            return await readBounded(body, { ...call, maxBytes, what: 'the file' });
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
  };
  const [sums, signature] = await Promise.allSettled([
    fetchFile({
      url: document.sumsUrl,
      what: 'authentication checksums',
      maxBytes: documentLimits.sumsBytes,
    }),
    fetchFile({
      url: document.signatureUrl,
      what: 'cryptographic signature',
      maxBytes: documentLimits.signatureBytes,
    }),
  ]);
  if (sums.status === 'rejected') throw sums.reason;
  if (signature.status === 'rejected') throw signature.reason;
  return { sums: sums.value, signature: signature.value };
}
