import { afterEach, expect } from 'vitest';
import { createHttpClient, type HttpClient } from '../../src/http/index.ts';
import { createRegistryClient, type Credentials } from '../../src/oci/index.ts';
import { makeManualClock } from './remote-repository.ts';
import { type ScriptedPeer, usePeers } from './scripted-peer.ts';
import { makeTestCertificate, type TestCertificate } from './test-certificate.ts';

/** Everything that belongs to the registry and to nobody else. */
export const secrets = {
  password: 'password-of-ann',
  token: 'bearer-token-of-ann',
  refreshToken: 'refresh-token-of-ann',
  header: 'custom-header-of-ann',
  cookie: 'cookie-of-ann',
};
const certificateName = 'certificate of ann';

/** Headers that say what is wanted, and nothing of who wants it. */
const harmless = new Set([
  'accept',
  'accept-encoding',
  'connection',
  'content-length',
  'content-range',
  'content-type',
  'host',
  'range',
  'transfer-encoding',
  'user-agent',
]);

export const registryName = 'registry.example.com';
/** The address that counts as private; all others are public here. */
const privateAddress = '127.0.0.9';

export interface HoneypotWorld {
  readonly registry: ScriptedPeer;
  /** `registry.example.com:PORT` */
  readonly registryHost: string;
  /** Where each lure leads, and who waits there. */
  readonly lures: Readonly<Record<LureName, Lure>>;
  readonly repository: ReturnType<ReturnType<typeof createRegistryClient>['repository']>;
}

export interface Lure {
  readonly url: string;
  readonly honeypot: ScriptedPeer;
}

export const lureNames = [
  'another host',
  'another port of the same host',
  'plain HTTP',
  'a private address',
  'a name with a private address',
  'a host behind user information',
  'another host, by a second hop',
] as const;
export type LureName = (typeof lureNames)[number];

interface Certificates {
  readonly server: TestCertificate;
  readonly client: TestCertificate;
}

/**
 * A registry on HTTPS that asks for a client certificate, and honeypots on other hosts, ports and addresses. They
 * ask for everything one could give: certificates, passwords, tokens. The client has a certificate for every host
 * there is, and sends a header and a cookie of its own with what it asks the registry.
 */
export function useHoneypots(): {
  open(credentials: Credentials): Promise<HoneypotWorld>;
} {
  const peers = usePeers();
  let clients: HttpClient[] = [];
  let certificates: Promise<Certificates> | undefined;
  afterEach(() => {
    for (const client of clients) client.close();
    clients = [];
  });

  async function open(credentials: Credentials): Promise<HoneypotWorld> {
    certificates ??= makeCertificates();
    const { client, server } = await certificates;
    const clientsAsked = { ca: client.ca, are: 'asked' } as const;
    const tls = { key: server.key, cert: server.cert, clients: clientsAsked };
    const [registry, other, plain, inside] = [
      await peers.start({ tls }),
      await peers.start({ tls }),
      await peers.start(),
      await peers.start({ tls, address: privateAddress }),
    ];
    const at = (name: string, { host }: ScriptedPeer): string =>
      `${name}:${host.split(':').at(-1) ?? ''}`;
    for (const honeypot of [other, inside])
      tempt(honeypot, `https://${at(registryName, honeypot)}`);
    tempt(plain, `http://${at(registryName, plain)}`);
    const registryHost = at(registryName, registry);
    const otherHost = at('evil.test', other);
    const plainHost = at(registryName, plain);
    registry.always(({ path }) => path.startsWith('/hop'), hopTo(`https://${otherHost}/trap`));

    const http = createHttpClient({
      clock: makeManualClock(),
      ca: [server.ca],
      retry: { maxAttempts: 2, baseDelayMs: 0 },
      limits: { connectMs: 2000, firstByteMs: 2000, idleMs: 2000 },
      plainHttpHosts: [plainHost],
      isPrivate: (address) => address === privateAddress,
      lookup: (name, _options, callback) => {
        const address = name === 'inside.test' ? privateAddress : '127.0.0.1';
        callback(null, [{ address, family: 4 }]);
      },
      tlsFor: (host) =>
        Promise.resolve({ identity: { cert: client.cert, key: client.key }, source: host }),
    });
    clients.push(http);
    const repository = createRegistryClient({
      http: withOwnHeaders(http, `https://${registryHost}`),
      clock: makeManualClock(),
      credentials: { credentialsFor: () => Promise.resolve(credentials) },
      plainHttpHosts: [plainHost],
    }).repository({ registry: registryHost, path: 'acme/null' });
    return {
      registry,
      registryHost,
      repository,
      lures: {
        'another host': { url: `https://${otherHost}/trap`, honeypot: other },
        'another port of the same host': {
          url: `https://${at(registryName, other)}/trap`,
          honeypot: other,
        },
        'plain HTTP': { url: `http://${plainHost}/trap`, honeypot: plain },
        'a private address': {
          url: `https://${at(privateAddress, inside)}/trap`,
          honeypot: inside,
        },
        'a name with a private address': {
          url: `https://${at('inside.test', inside)}/trap`,
          honeypot: inside,
        },
        'a host behind user information': {
          url: `https://${registryName}@${otherHost}/trap`,
          honeypot: other,
        },
        'another host, by a second hop': {
          url: `https://${registryHost}/hop`,
          honeypot: other,
        },
      },
    };
  }
  return { open };
}

async function makeCertificates(): Promise<Certificates> {
  const names = [registryName, 'auth.example.com', 'evil.test', 'inside.test'];
  return {
    server: await makeTestCertificate({ names, addresses: ['127.0.0.1', privateAddress] }),
    client: await makeTestCertificate({ commonName: certificateName }),
  };
}

const hopTo = (location: string) => ({ status: 307, headers: { location }, early: true }) as const;

/** Asks whoever comes for all that can be asked for, by the name of the registry where that is possible. */
function tempt(honeypot: ScriptedPeer, origin: string): void {
  const realm = `Bearer realm="${origin}/token",service="registry",scope="repository:acme/null:pull"`;
  honeypot.always(() => true, {
    status: 401,
    headers: { 'www-authenticate': ['Basic realm="registry"', realm] },
    early: true,
  });
}

/** As a user has them who sets a header for one registry. */
function withOwnHeaders(http: HttpClient, origin: string): HttpClient {
  return {
    retry: http.retry,
    close: () => http.close(),
    send: (request, options) => {
      const own =
        request.url.origin === origin
          ? { 'x-api-key': secrets.header, cookie: `session=${secrets.cookie}` }
          : {};
      return http.send({ ...request, headers: { ...request.headers, ...own } }, options);
    },
  };
}

/** The registry was shown what must not be seen elsewhere; without that nothing is proven. */
export function expectShown({ registry }: HoneypotWorld, shown: readonly string[]): void {
  const text = registry.requests
    .map((request) => request.text.replaceAll(/Basic ([A-Za-z0-9+/=]+)/gu, decoded))
    .join('\n');
  for (const secret of [...shown, secrets.header, secrets.cookie]) expect(text).toContain(secret);
  expect(registry.requests.map(({ certificate }) => certificate)).toContain(certificateName);
}

const decoded = (_: string, base64: string): string => Buffer.from(base64, 'base64').toString();

/** Not one byte of a credential, token, cookie, header or certificate. */
export function expectNothing(honeypot: ScriptedPeer): void {
  for (const secret of Object.values(secrets)) honeypot.expectNeverSaw(secret);
  for (const { certificate, headers } of honeypot.requests) {
    expect(certificate).toBeUndefined();
    expect(Object.keys(headers).filter((name) => !harmless.has(name))).toEqual([]);
  }
}
