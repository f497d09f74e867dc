import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { onTestFinished } from 'vitest';

export interface RelayedRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
  /** Undefined until it is answered. */
  status: number | undefined;
}

export interface RelayOptions {
  /** `127.0.0.1:PORT` of a server on plain HTTP. */
  readonly to: string;
  /** Makes the relay speak TLS. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export interface Relay {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Everything that came, in order. */
  readonly requests: readonly RelayedRequest[];
  /** Those since the last time. */
  asked(): readonly RelayedRequest[];
  /** Where requests go from now on. */
  to: string;
  /** Called with each request before it is passed on, which waits for it; with an answer it is not passed on. */
  before:
    | ((request: RelayedRequest) => Promise<RelayAnswer | undefined> | RelayAnswer | undefined)
    | undefined;
}

export interface RelayAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** Ends the connection after the body, which the header says is longer. */
  readonly breaksOff?: boolean;
}

/** Stands before a registry and sees its requests, bodies streaming through. Closed when the test ends. */
export async function startRelay({ tls, to }: RelayOptions): Promise<Relay> {
  const requests: RelayedRequest[] = [];
  const agent = new http.Agent({ keepAlive: true });
  let taken = 0;
  const relay: Omit<Relay, 'host'> = {
    to,
    requests,
    before: undefined,
    asked: () => {
      const since = requests.slice(taken);
      taken = requests.length;
      return since;
    },
  };

  const pass = async (
    incoming: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> => {
    const { method = '', url: path = '/' } = incoming;
    const seen: RelayedRequest = { method, path, headers: incoming.headers, status: undefined };
    requests.push(seen);
    const instead = await relay.before?.(seen);
    if (instead !== undefined) {
      seen.status = instead.status;
      incoming.resume();
      response.writeHead(instead.status, instead.headers);
      if (instead.breaksOff === true) {
        response.write(instead.body ?? '', () => response.destroy());
        return;
      }
      response.end(instead.body);
      return;
    }
    const [hostname, port] = relay.to.split(':');
    const headers = {
      ...incoming.headers,
      'x-forwarded-proto': tls === undefined ? 'http' : 'https',
    };
    const outgoing = http.request({ agent, hostname, port, path, method, headers });
    const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve);
      outgoing.once('error', reject);
    });
    const sent = pipeline(incoming, outgoing);
    sent.catch(() => undefined);
    const answer = await answered;
    seen.status = answer.statusCode;
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    await pipeline(answer, response);
  };

  const listener: http.RequestListener = (incoming, response) => {
    pass(incoming, response).catch(() => response.destroy());
  };
  const server =
    tls === undefined
      ? http.createServer(listener)
      : https.createServer({ key: tls.key, cert: tls.cert }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    agent.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return Object.assign(relay, { host });
}
