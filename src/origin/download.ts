import type { Readable } from 'node:stream';
import type { CallOptions } from '../base/index.ts';
import { type HttpClient, resumingBody } from '../http/index.ts';
import { RemoteFile } from './remote-file.ts';

/** Where a package is. */
export interface PackageAddress {
  readonly url: URL;
  /** The document that named it. */
  readonly referredBy: URL;
}

export interface DownloadRequest extends PackageAddress {
  /**
   * Names the package anew when its address is refused, as it is with signed addresses whose time is over. Called
   * once for each download.
   */
  readonly renew?: ((options: CallOptions) => Promise<PackageAddress>) | undefined;
}

/**
 * Downloads a package, without credentials. A body that breaks off or stalls is taken up where it broke, where the
 * server can (`Range`), and else skipped up to there; `take` does not notice. When the file has become another one
 * meanwhile `take` is called again, with a new body: it has to leave nothing behind when its stream fails. It is told
 * the size that was announced, if any.
 * @throws UnsuccessfulStatusError, InvalidDocumentError, and what HttpClient.send and `take` throw
 */
export type Download = <T>(
  request: DownloadRequest,
  take: (body: Readable, announcedBytes: number | undefined) => Promise<T>,
  options?: CallOptions,
) => Promise<T>;

/**
 * @param options.retries TF_PROVIDER_DOWNLOAD_RETRY: tries after the first without a byte in between. Default 2.
 */
export function createDownload(
  http: HttpClient,
  { retries = 2 }: { readonly retries?: number | undefined } = {},
): Download {
  return async (request, take, call = {}) => {
    const file = new RemoteFile(http, request, retries);
    for (let attempt = 0; ; attempt++) {
      const { response, size } = await file.open(call);
      const body = resumingBody(
        {
          response,
          size,
          retry: http.retry,
          maxBreaks: retries + 1,
          reopen: (offset, options) => file.reopen(offset, options),
        },
        call,
      );
      try {
        return await take(body, size);
      } catch (error) {
        body.destroy();
        if (!file.hasChanged || attempt >= retries || call.signal?.aborted === true) throw error;
      }
    }
  };
}
