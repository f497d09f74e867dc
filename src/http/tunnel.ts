import type * as http from 'node:http';
import { isIP, isIPv6 } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionOptions } from 'node:tls';
import { ProxyError, TimeoutError } from './errors.ts';
import { maxHeaderBytes } from './explain-failure.ts';
import { explainProxyFailure, proxyCredentials } from './proxy-settings.ts';
import { asError } from './response-body.ts';

export interface TunnelOptions {
  readonly proxy: URL;
  /** Starts a request to the proxy itself. */
  readonly request: (options: http.RequestOptions) => http.ClientRequest;
  /** For all of it, from the first packet to the end of the handshake with the target, milliseconds. */
  readonly connectMs: number;
  readonly signal: AbortSignal;
  readonly secureContext: ConnectionOptions['secureContext'];
}

export interface TunnelTarget {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * A TLS connection to a host, made through a proxy: CONNECT, then the handshake inside. The proxy sees the
 * name and port of the host, and its own credentials; nothing of what is asked.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6
 * @throws ProxyError, TimeoutError, ConnectionError and TlsError of the proxy, and raw errors of the target.
 */
export async function openTunnel(target: TunnelTarget, options: TunnelOptions): Promise<Duplex> {
  const { host, port } = target;
  const { connectMs, proxy } = options;
  const authority = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort(
      new TimeoutError(`${authority} through the proxy ${proxy.host}`, 'connect', connectMs),
    );
  }, connectMs);
  const signal = AbortSignal.any([late.signal, options.signal]);
  try {
    signal.throwIfAborted();
    const socket = await connect(authority, options, signal);
    return await handshake(socket, host, options, signal);
  } finally {
    clearTimeout(timer);
  }
}

function connect(
  authority: string,
  { proxy, request }: TunnelOptions,
  signal: AbortSignal,
): Promise<Duplex> {
  const credentials = proxyCredentials(proxy);
  return new Promise((resolve, reject) => {
    const message = request({
      method: 'CONNECT',
      path: authority,
      agent: false,
      maxHeaderSize: maxHeaderBytes,
      headers: {
        host: authority,
        connection: 'keep-alive',
        ...(credentials === undefined ? {} : { 'proxy-authorization': credentials }),
      },
    });
    const onAbort = (): void => {
      reject(asError(signal.reason));
      message.destroy();
    };
    const refused = (status: number | undefined): void => {
      signal.removeEventListener('abort', onAbort);
      reject(new ProxyError(proxy.host, { status: status ?? 0, target: authority }));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    message.on('error', (error) => {
      signal.removeEventListener('abort', onAbort);
      reject(explainProxyFailure(error, proxy));
    });
    message.once('connect', ({ statusCode = 0 }, socket, head) => {
      if (statusCode < 200 || statusCode > 299) {
        socket.destroy();
        refused(statusCode);
        return;
      }
      signal.removeEventListener('abort', onAbort);
      if (head.byteLength > 0) socket.unshift(head);
      resolve(socket);
    });
    message.end();
  });
}

async function handshake(
  socket: Duplex,
  host: string,
  { secureContext }: TunnelOptions,
  signal: AbortSignal,
): Promise<Duplex> {
  const { connect: secure } = await import('node:tls');
  return await new Promise((resolve, reject) => {
    const connection = secure({
      socket,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(secureContext === undefined ? {} : { secureContext }),
      ALPNProtocols: ['http/1.1'],
    });
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      connection.removeListener('error', onError);
    };
    const onError = (error: Error): void => {
      settle();
      reject(error);
    };
    const onAbort = (): void => {
      settle();
      reject(asError(signal.reason));
      connection.on('error', () => undefined);
      connection.destroy();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    connection.once('error', onError);
    connection.once('secureConnect', () => {
      settle();
      resolve(connection);
    });
  });
}
