import type { Readable } from 'node:stream';
import { type CallOptions, redactUrl } from '../base/index.ts';
import { discard, type HttpClient } from '../http/index.ts';
import { UnsuccessfulStatusError } from './errors.ts';
import { exchangeWhole, statusText } from './exchange.ts';

export interface DownloadRequest {
  readonly url: URL;
  /** The document that named it. */
  readonly referredBy: URL;
}

/**
 * Downloads a package, without credentials. A body that breaks off is fetched again from its start, and `take`
 * called again: it has to leave nothing behind when its stream fails. It is told the size that was announced, if any.
 * @throws UnsuccessfulStatusError, and what HttpClient.send and `take` throw
 */
export type Download = <T>(
  request: DownloadRequest,
  take: (body: Readable, announcedBytes: number | undefined) => Promise<T>,
  options?: CallOptions,
) => Promise<T>;

/** @param options.retries TF_PROVIDER_DOWNLOAD_RETRY: tries after the first. Default 2. */
export function createDownload(
  http: HttpClient,
  { retries = 2 }: { readonly retries?: number | undefined } = {},
): Download {
  return async ({ referredBy, url }, take, call = {}) =>
    await exchangeWhole(
      http,
      { url, referredBy, longBody: true, rules: { retries } },
      async ({ body, headers, status }) => {
        if (status === 200) return await take(body, lengthOf(headers.get('content-length')));
        discard(body);
        throw new UnsuccessfulStatusError(
          `unsuccessful request to ${redactUrl(url)}: ${statusText(status)}`,
          status,
          { hint: 'The registry or mirror names a package that is not there; ask who runs it.' },
        );
      },
      call,
    );
}

/** Of a Content-Length; undefined for what is none. */
export function lengthOf(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,15}$/u.test(header) ? Number(header) : undefined;
}
