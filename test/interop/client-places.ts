import * as https from 'node:https';
import type { AddressInfo } from 'node:net';
import {
  formatProviderAddress,
  parsePackageHash,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
} from '../../src/domain/index.ts';
import { createRegistry } from '../../src/server/registry/index.ts';
import type { InitWorld } from '../support/init-world.ts';
import { publishPackages } from '../support/oci-mirror.ts';
import { makeOriginKey } from '../support/origin-key.ts';
import type {
  OriginFaults,
  OriginPackage,
  OriginRegistry,
  OriginRegistryOptions,
} from '../support/origin-registry.ts';
import { temporaryStorage } from '../support/temporary-storage.ts';

const kinds = [
  'altered',
  'expired',
  'guarded',
  'html',
  'lost',
  'oldProtocol',
  'reporting',
  'silent',
  'unsigned',
  'warning',
  'wrong',
] as const;

/** Registries and network mirrors of the same packages, each with one thing about it. */
export type OriginKind = (typeof kinds)[number];

export interface Places {
  readonly origins: Readonly<Record<OriginKind, OriginRegistry>>;
  /** `127.0.0.1:PORT` of an OCI registry over TLS: the packages below `tf/HOST/NAMESPACE/TYPE`. */
  readonly oci: string;
  close(): Promise<void>;
}

/** The token of the registry that asks for one. */
export const token = 's3cret';

/** The hosts whose providers the OCI registry has, and the versions. */
const published: ReadonlyMap<string, readonly string[]> = new Map([
  ['example.com', ['1.0.0', '1.1.0', '2.0.0-beta1']],
  // An older release only, so that newer ones come from elsewhere.
  ['example.org', ['1.0.0']],
  ['registry.opentofu.org', ['1.0.0', '1.1.0']],
]);

export async function startPlaces(
  world: InitWorld,
  packages: readonly OriginPackage[],
  zhOf: (zip: Buffer) => string,
): Promise<Places> {
  const expired = await makeOriginKey({ expired: true });
  const html = { headers: { 'content-type': 'text/html' }, body: '<html></html>' };
  const kept: Readonly<Record<OriginKind, [Partial<OriginRegistryOptions>, OriginFaults]>> = {
    altered: [{}, { alteredZips: true }],
    expired: [{ keys: [expired] }, {}],
    guarded: [{ token }, {}],
    html: [{}, { answer: (path) => (path.startsWith('/files') ? undefined : html) }],
    lost: [{}, { answer: (path) => (/1\.1\.0[./]/u.test(path) ? { status: 404 } : undefined) }],
    oldProtocol: [{}, { document: { protocols: ['4.0'] } }],
    reporting: [{ reportsPackages: true }, {}],
    silent: [{ keys: [] }, { mirrorHashes: [] }],
    unsigned: [{ keys: [] }, { mirrorHashes: ['h9:unknown'] }],
    warning: [{}, { answer: warned }],
    wrong: [{}, { wrongShasum: true, mirrorHashes: [`zh:${'0'.repeat(64)}`] }],
  };
  const started = await Promise.all(
    kinds.map(async (kind) => {
      const [options, faults] = kept[kind];
      const origin = await world.startOrigin({ packages, ...options });
      Object.assign(origin.faults, faults);
      return [kind, origin] as const;
    }),
  );
  const oci = await startOciRegistry(world, packages, zhOf);
  return {
    origins: Object.fromEntries(started) as Record<OriginKind, OriginRegistry>,
    oci: oci.host,
    close: async () => {
      await Promise.all([oci.close(), ...started.map(([, origin]) => origin.close())]);
    },
  };
}

function warned(path: string): ReturnType<NonNullable<OriginFaults['answer']>> {
  if (!path.endsWith('/versions')) return undefined;
  const versions = [{ version: '1.0.0', protocols: ['5.0'] }];
  return {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ versions, warnings: ['It moved.', 'Nobody keeps it up.'] }),
  };
}

async function startOciRegistry(
  { certificate }: InitWorld,
  packages: readonly OriginPackage[],
  zhOf: (zip: Buffer) => string,
): Promise<{ readonly host: string; close(): Promise<void> }> {
  const storage = await temporaryStorage();
  for (const [host, versions] of published) {
    const provider = parseProviderAddress(`${host}/acme/thing`);
    const repository = await storage.createRepository(`tf/${formatProviderAddress(provider)}`);
    const wanted = packages.filter(
      ({ type, version }) => type === 'thing' && versions.includes(version),
    );
    await publishPackages(
      repository,
      wanted.map(({ h1, platform, version, zip }) => ({
        provider,
        version: parseVersion(version),
        platform: parsePlatform(platform),
        zip,
        h1: parsePackageHash(h1),
        zh: parsePackageHash(zhOf(zip)),
      })),
    );
  }
  const handle = createRegistry(storage);
  const server = https.createServer(
    { key: certificate.key, cert: certificate.cert },
    (request, response) => void handle(request, response),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await storage.close();
    },
  };
}
