import type { CallOptions } from '../base/index.ts';
import type { HttpResponse } from '../http/index.ts';
import type { RegistryRequest, RepositorySession } from './session.ts';

/**
 * Sends a request and reads its answer, which is asked for again, as a whole, when its body breaks off or
 * stalls. For answers of a few megabytes at most; blobs are taken up where they broke.
 * @param read takes the whole of the answer; what it throws for other reasons stays as it is.
 */
export async function readWhole<T>(
  session: RepositorySession,
  request: RegistryRequest,
  options: CallOptions,
  read: (response: HttpResponse) => Promise<T>,
): Promise<T> {
  const { retry } = session.http;
  for (let attempt = 1; ; attempt++) {
    // Outside of the try: what it can not send after all its own tries is not sent as often again.
    const response = await session.send(request, options);
    try {
      return await read(response);
    } catch (error) {
      if (attempt >= retry.maxAttempts || !retry.isRetryableError(error)) throw error;
      await retry.pause({ attempt, url: response.url }, options);
    }
  }
}
