import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { InternalError } from '../base/index.ts';
import { type Answer, jsonAnswer, sendAnswer } from '../server/answers/index.ts';
import type { Gateway } from '../server/gateway/index.ts';

/** A gateway that only whoever knows its address can use. */
export interface PrivateServer {
  /** `http://127.0.0.1:PORT/SECRET`: a secret, and good as long as the server runs. */
  readonly url: string;
  close(): Promise<void>;
}

export interface PrivateServerOptions {
  /** @param prefix the secret, as the beginning of every path */
  readonly createGateway: (prefix: string) => Gateway;
  /**
   * Where else a provider is to be asked for: the `providers.v1` service of its own registry. Undefined for what the
   * gateway is for. @param provider HOST/NAMESPACE/TYPE, as the client wrote it
   */
  readonly elsewhere?: ((provider: string) => Promise<URL | undefined>) | undefined;
}

/** A client sends some hundred bytes of headers; there are few clients, and all are ours. */
const limits = { maxHeaderSize: 16 * 1024, headersTimeout: 10_000, requestTimeout: 30_000 };

/**
 * Serves a gateway on a port of 127.0.0.1 that the system chooses, below a secret of 128 bits: no other user of this
 * machine, and no page in a browser on it, can ask it for anything (security.md, server rule 10).
 */
export async function startPrivateServer(options: PrivateServerOptions): Promise<PrivateServer> {
  const secret = randomBytes(16).toString('hex');
  const prefix = `/${secret}`;
  const gateway = options.createGateway(prefix);
  let host = '';
  const server = createServer(limits, (request, response) => {
    const refusal = refuse(request, { host, prefix });
    discardCredentials(request);
    void (async () => {
      const answer = refusal ?? (await redirect(request, prefix, options.elsewhere));
      if (answer !== undefined) await sendAnswer(request, response, answer);
      else await gateway.handle(request, response);
    })().catch((error: unknown) => fail(response, error));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new InternalError('no port');
  host = `127.0.0.1:${address.port}`;
  return {
    url: `http://${host}${prefix}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      // Nobody is left who could read an answer.
      server.closeAllConnections();
      await closed;
    },
  };
}

function refuse(
  request: IncomingMessage,
  { host, prefix }: { readonly host: string; readonly prefix: string },
): Answer | undefined {
  const hosts = request.headersDistinct['host'] ?? [];
  if (hosts.length !== 1 || hosts[0] !== host) return refusal(403, 'wrong host');
  if (request.headers.origin !== undefined) return refusal(403, 'not for browsers');
  if (!hasPrefix(request.url ?? '', prefix)) return refusal(404, 'there is nothing here');
  return undefined;
}

/** Takes the same time wherever the two differ. */
function hasPrefix(url: string, prefix: string): boolean {
  const [given, wanted] = [Buffer.from(`${url}/`), Buffer.from(`${prefix}/`)];
  return given.length >= wanted.length && timingSafeEqual(given.subarray(0, wanted.length), wanted);
}

function refusal(status: number, text: string): Answer {
  return jsonAnswer(status, { errors: [text] }, { 'Cache-Control': 'no-store' });
}

/** Programs send the user's token for the host whose name we go by; it is not for us. */
function discardCredentials(request: IncomingMessage): void {
  for (const name of ['authorization', 'proxy-authorization', 'cookie']) {
    Reflect.deleteProperty(request.headers, name);
    Reflect.deleteProperty(request.headersDistinct, name);
    for (let i = request.rawHeaders.length - 2; i >= 0; i -= 2) {
      if (request.rawHeaders[i]?.toLowerCase() === name) request.rawHeaders.splice(i, 2);
    }
  }
}

async function redirect(
  { url = '' }: IncomingMessage,
  prefix: string,
  elsewhere: PrivateServerOptions['elsewhere'],
): Promise<Answer | undefined> {
  if (elsewhere === undefined) return undefined;
  const match = /^\/v1\/providers\/([^/?#]+)\/([^/?#]+\/[^/?#]+)\/([^?#]*)$/u.exec(
    url.slice(prefix.length),
  );
  const [, host = '', name = '', rest = ''] = match ?? [];
  if (match === null) return undefined;
  const base = await elsewhere(`${host}/${name}`);
  if (base === undefined) return undefined;
  const location = new URL(`${name}/${rest}`, base).href;
  return { status: 307, headers: { Location: location, 'Cache-Control': 'no-store' } };
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const text = error instanceof Error ? error.message : String(error);
  response.writeHead(502, { 'Content-Type': 'application/json', Connection: 'close' });
  response.end(JSON.stringify({ errors: [text] }));
}
