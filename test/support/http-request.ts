import { type Agent, type IncomingHttpHeaders, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

export interface TestAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Each field of a header by itself. */
  readonly fields: Readonly<Record<string, readonly string[] | undefined>>;
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
  /** Whose connections to use; without it each request has one of its own. */
  readonly agent?: Agent;
}

/** One request exactly as written: no redirects, no normalisation of the path, any header. */
export function send(
  method: string,
  base: string,
  path: string,
  { headers = {}, body, chunked = false, ca, agent }: TestRequest = {},
): Promise<TestAnswer> {
  const { hostname, port, protocol } = new URL(base);
  const length = body === undefined ? {} : lengthHeader(body, chunked);
  const options = {
    method,
    path,
    hostname: hostname.replace(/^\[|\]$/gu, ''),
    port,
    headers: { ...length, ...headers },
    agent: agent ?? false,
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
          fields: response.headersDistinct,
          body: bytes,
          get json(): unknown {
            return bytes.length === 0 ? undefined : (JSON.parse(bytes.toString()) as unknown);
          },
        });
      });
    });
    request.on('error', reject);
    if (headers['Expect'] === undefined) request.end(body);
    else request.once('continue', () => request.end(body)).flushHeaders();
  });
}

/** Said outright: Node finds the length of a body by itself when it is given all at once. */
function lengthHeader(body: string | Uint8Array, chunked: boolean): Record<string, string> {
  if (chunked) return { 'Transfer-Encoding': 'chunked' };
  return { 'Content-Length': String(Buffer.byteLength(body)) };
}
