import { afterEach } from 'vitest';
import { readBounded } from '../../src/base/index.ts';
import {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequest,
} from '../../src/http/index.ts';

/** Clients with three attempts, no pauses between them and short limits; closed after each test. */
export function useHttpClients(): { make(options?: HttpClientOptions): HttpClient } {
  let clients: HttpClient[] = [];
  afterEach(() => {
    for (const client of clients) client.close();
    clients = [];
  });
  return {
    make: (options = {}) => {
      const client = createHttpClient({
        retry: { maxAttempts: 3, baseDelayMs: 0 },
        limits: { connectMs: 2000, firstByteMs: 2000, idleMs: 2000 },
        ...options,
      });
      clients.push(client);
      return client;
    },
  };
}

/** The whole body of the answer, as text. */
export async function textOf(client: HttpClient, request: HttpRequest): Promise<string> {
  const { body } = await client.send(request);
  return (await readBounded(body, { maxBytes: 1 << 24, what: 'answer' })).toString();
}

export function get(url: string, more: Partial<HttpRequest> = {}): HttpRequest {
  return { method: 'GET', url: new URL(url), ...more };
}

/** What a promise was rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'no error',
    (error: unknown) => error,
  );
}
