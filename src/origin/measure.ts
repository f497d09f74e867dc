import type { CallOptions } from '../base/index.ts';
import { discard, type HttpClient } from '../http/index.ts';
import type { PackageAddress } from './download.ts';
import { lengthOf } from './remote-file.ts';

/**
 * The bytes that a download would have, asked for without credentials and without fetching it; undefined where the
 * other side does not tell.
 * @throws what HttpClient.send throws
 */
export type MeasureDownload = (
  request: PackageAddress,
  options?: CallOptions,
) => Promise<number | undefined>;

export function createMeasureDownload(http: HttpClient): MeasureDownload {
  return async ({ referredBy, url }, { signal } = {}) => {
    const { body, headers, status } = await http.send(
      { method: 'HEAD', url, referredBy },
      { signal },
    );
    discard(body);
    return status === 200 ? lengthOf(headers.get('content-length')) : undefined;
  };
}
