import { type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface TestAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The body as JSON; `undefined` when it is empty. */
  readonly json: unknown;
}

export interface TestRequest {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Send the body without a Content-Length. */
  readonly chunked?: boolean;
  /** PEM of the authority to trust. */
  readonly ca?: string;
}

/** One request exactly as written: no redirects, no normalisation of the path, any header. */
export function send(
  method: string,
  base: string,
  path: string,
  { headers = {}, body, chunked = false, ca }: TestRequest = {},
): Promise<TestAnswer> {
  const { hostname, port, protocol } = new URL(base);
  const length = body === undefined || chunked ? {} : { 'Content-Length': Buffer.byteLength(body) };
  const options = {
    method,
    path,
    hostname: hostname.replace(/^\[|\]$/gu, ''),
    port,
    headers: { ...length, ...headers },
    agent: false as const,
    ...(ca === undefined ? {} : { ca }),
  };
  return new Promise((resolve, reject) => {
    const start = protocol === 'https:' ? httpsRequest : httpRequest;
    const request = start(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: bytes,
          get json(): unknown {
            return bytes.length === 0 ? undefined : (JSON.parse(bytes.toString()) as unknown);
          },
        });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}
