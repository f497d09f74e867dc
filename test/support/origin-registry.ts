import * as http from 'node:http';
import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { OriginKey } from './origin-key.ts';
import { OriginPages } from './origin-registry-pages.ts';

/** One package of a release, with its true hashes. */
export interface OriginPackage {
  readonly namespace: string;
  readonly type: string;
  readonly version: string;
  /** `linux_amd64` */
  readonly platform: string;
  readonly zip: Buffer;
  readonly h1: string;
}

/** An answer in place of the right one. */
export interface OriginAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  /** Before any of it is sent. */
  readonly delayMs?: number;
  /** The connection is cut after so many bytes of the body; below zero before any answer. */
  readonly cutAfter?: number;
  /** Nothing more comes after so many bytes of the body. */
  readonly stallAfter?: number;
}

/** What the registry does wrong. May be changed while it runs; nothing is wrong at first. */
export interface OriginFaults {
  /** The signature is not there. */
  missingSignature?: boolean;
  missingSums?: boolean;
  /** The sums are changed after they were signed. */
  alteredSums?: boolean;
  /** Sums and signature are those of this version. */
  sumsOfVersion?: string;
  /** The download document states another sha256 than the sums. */
  wrongShasum?: boolean;
  /** Signs the sums instead of the listed key. */
  signer?: OriginKey;
  /** The zip is another one of the same size. */
  alteredZips?: boolean;
  /** Files are redirected to this origin, which has to be another registry like this. */
  filesAt?: string;
  /** Members that replace those of each download document. */
  document?: Readonly<Record<string, unknown>>;
  /** Hashes that the mirror announces, for every archive. */
  mirrorHashes?: readonly string[];
  /** Bytes of blanks before each JSON document. */
  padding?: number;
  /** Any answer at all, by path. */
  answer?: (path: string) => OriginAnswer | undefined;
  /** What is different about the right answer, by path. */
  change?: (path: string) => OriginAnswer | undefined;
  /** Sends the part of a file that is asked for. */
  ranges?: boolean;
}

export type OriginRelease = Pick<OriginPackage, 'namespace' | 'type' | 'version'>;

/** The keys that are listed for a release, and who signed it; nobody did where there is none. */
export interface OriginReleaseKeys {
  readonly listed: readonly OriginKey[];
  readonly signer: OriginKey | undefined;
}

export interface OriginRegistryOptions {
  readonly packages: readonly OriginPackage[];
  /** Listed for every provider; the first one signs. Without any, nothing is signed validly. */
  readonly keys?: readonly OriginKey[];
  /** Those of one release, where not all are signed by the same. */
  readonly keysOf?: (release: OriginRelease) => OriginReleaseKeys;
  /** Makes it HTTPS, as discovery needs it. */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Says the hashes of all platforms, as registries can since OpenTofu 1.12. */
  readonly reportsPackages?: boolean;
  /** The bearer token that documents of registry and mirror need. */
  readonly token?: string;
}

export interface OriginRegistry {
  readonly origin: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Of the provider registry: the service `providers.v1`. */
  readonly providersUrl: string;
  /** Of the network mirror, with the packages of every host's providers. */
  readonly mirrorUrl: string;
  readonly faults: OriginFaults;
  /** `GET /path`, in order, with a mark when a token came: `GET /path (token)`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** A provider registry with its files, and a network mirror of the same packages, on loopback. */
export async function startOriginRegistry(options: OriginRegistryOptions): Promise<OriginRegistry> {
  const faults: OriginFaults = {};
  const requests: string[] = [];
  const pages = new OriginPages(options, faults);

  const serve = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const path = decodeURI(new URL(request.url ?? '/', 'http://x').pathname);
    const { authorization } = request.headers;
    requests.push(
      `${request.method ?? ''} ${path}${authorization === undefined ? '' : ' (token)'}`,
    );
    const right = faults.answer?.(path) ?? (await pages.answer(path, authorization));
    const asked = faults.ranges === true ? partOf(right, request.headers.range) : right;
    await send({ ...asked, ...faults.change?.(path) }, request, response);
  };
  const send = async (
    answer: OriginAnswer,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): Promise<void> => {
    if (answer.delayMs !== undefined) await delay(answer.delayMs, undefined, { ref: false });
    const { cutAfter, stallAfter } = answer;
    if (cutAfter !== undefined && cutAfter < 0) {
      request.socket.destroy();
      return;
    }
    const body = Buffer.from(answer.body ?? '');
    response.writeHead(answer.status ?? 200, { 'content-length': body.length, ...answer.headers });
    if (cutAfter !== undefined) {
      response.write(body.subarray(0, cutAfter), () => request.socket.destroy());
    } else if (stallAfter !== undefined) {
      response.write(body.subarray(0, stallAfter));
    } else {
      response.end(request.method === 'HEAD' ? undefined : body);
    }
  };
  const listener: http.RequestListener = (request, response) => {
    serve(request, response).catch(() => response.destroy());
  };
  const { tls } = options;
  const server =
    tls === undefined
      ? http.createServer(listener)
      : https.createServer({ key: tls.key, cert: tls.cert }, listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const origin = `${tls === undefined ? 'http' : 'https'}://${host}`;
  return {
    origin,
    host,
    providersUrl: `${origin}/v1/providers/`,
    mirrorUrl: `${origin}/mirror/`,
    faults,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The rest of a file from where a `Range` begins. */
function partOf(answer: OriginAnswer, range: string | undefined): OriginAnswer {
  const [, first] = /^bytes=(\d+)-$/u.exec(range ?? '') ?? [];
  if (first === undefined || (answer.status ?? 200) !== 200) return answer;
  const body = Buffer.from(answer.body ?? '');
  const headers = {
    ...answer.headers,
    'content-range': `bytes ${first}-${String(body.length - 1)}/${String(body.length)}`,
  };
  return { ...answer, status: 206, body: body.subarray(Number(first)), headers };
}
