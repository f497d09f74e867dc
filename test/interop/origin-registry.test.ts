import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { inspectPackage } from '../../src/archive/index.ts';
import { readableOf } from '../../src/content/index.ts';
import {
  parseConstraints,
  parseProviderAddress,
  platformOfNode,
  providerKey,
} from '../../src/domain/index.ts';
import { createHttpClient } from '../../src/http/index.ts';
import { type AuthenticationLabel, initProviders } from '../../src/install/index.ts';
import {
  createDownload,
  createNetworkMirror,
  createProviderRegistry,
  createServiceDiscovery,
} from '../../src/origin/index.ts';
import {
  createDirectSource,
  createNetworkMirrorSource,
  type ProviderSource,
} from '../../src/sources/index.ts';
import { makeOriginKey, type OriginKey } from '../support/origin-key.ts';
import {
  type OriginFaults,
  type OriginPackage,
  type OriginRegistry,
  startOriginRegistry,
} from '../support/origin-registry.ts';
import { findTofus } from '../support/peers.ts';
import { makeProviderZip } from '../support/release-folder.ts';
import { runProgram } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { makeTestCertificate, type TestCertificate } from '../support/test-certificate.ts';

const tofus = findTofus();
const platform = platformOfNode(process.platform, process.arch);

interface Scenario {
  readonly name: string;
  readonly method: 'direct' | 'network_mirror';
  /** A provider of the registry itself, found by discovery, of the default host, or of a third one. */
  readonly host: 'own' | 'default' | 'third';
  readonly keys?: readonly ('key' | 'other' | 'expired')[];
  readonly signer?: 'key' | 'other';
  readonly reportsPackages?: boolean;
  readonly trustAllHashes?: boolean;
  readonly token?: boolean;
  readonly faults?: OriginFaults;
  readonly env?: Readonly<Record<string, string>>;
  /** In the output of OpenTofu, and in our label or message. */
  readonly says: string;
  /** Our label, where OpenTofu prints a sentence in its place. */
  readonly label?: AuthenticationLabel;
  readonly fails?: true;
  /** The settings that came with OpenTofu 1.12. */
  readonly since?: '1.12';
}

const direct = { method: 'direct', host: 'own' } as const;
const onDefault = { method: 'direct', host: 'default' } as const;
const mirror = { method: 'network_mirror', host: 'default' } as const;
const sumsFault = 'the provider is not signed with a valid signing key';

const scenarios: readonly Scenario[] = [
  { ...direct, name: 'a signed release', says: 'signed' },
  { ...direct, name: 'a token for the registry', token: true, says: 'signed' },
  { ...direct, name: 'several keys', keys: ['other', 'key'], signer: 'key', says: 'signed' },
  { ...direct, name: 'an expired key', keys: ['expired'], says: 'signed' },
  {
    ...direct,
    name: 'an expired key, enforced',
    keys: ['expired'],
    env: { OPENTOFU_ENFORCE_GPG_EXPIRATION: 'true' },
    says: sumsFault,
    fails: true,
  },
  { ...direct, name: 'no key', keys: [], says: sumsFault, fails: true },
  { ...direct, name: 'an unlisted key', signer: 'other', says: 'unknown issuer', fails: true },
  { ...direct, name: 'altered sums', faults: { alteredSums: true }, says: sumsFault, fails: true },
  {
    ...direct,
    name: 'a missing signature',
    faults: { missingSignature: true },
    says: 'failed to retrieve cryptographic signature for provider: 404 Not Found',
    fails: true,
  },
  {
    ...direct,
    name: 'missing sums',
    faults: { missingSums: true },
    says: 'failed to retrieve authentication checksums for provider: 404 Not Found',
    fails: true,
  },
  {
    ...direct,
    name: 'sums of another version',
    faults: { sumsOfVersion: '1.0.0' },
    says: 'checksum list has no SHA-256 hash for',
    fails: true,
  },
  {
    ...direct,
    name: 'another shasum',
    faults: { wrongShasum: true },
    says: 'checksum list has unexpected SHA-256 hash',
    fails: true,
  },
  {
    ...direct,
    name: 'another platform in the document',
    faults: { document: { arch: 'mips' } },
    says: 'archive has incorrect target',
    fails: true,
  },
  {
    ...direct,
    name: 'a package that is missing',
    faults: { answer: (path) => (path.endsWith('.zip') ? { status: 404 } : undefined) },
    says: '404 Not Found',
    fails: true,
  },
  {
    ...direct,
    name: 'a version list that is refused',
    faults: { answer: (path) => (path.endsWith('/versions') ? { status: 403 } : undefined) },
    says: 'requires authentication credentials',
    fails: true,
  },
  {
    ...direct,
    name: 'a host without a provider registry',
    faults: {
      answer: (path) =>
        path.startsWith('/.well-known')
          ? { headers: { 'content-type': 'application/json' }, body: '{"modules.v1":"/m/"}' }
          : undefined,
    },
    says: 'does not offer a OpenTofu provider registry',
    fails: true,
  },
  {
    ...direct,
    name: 'a discovery document that is HTML',
    faults: {
      answer: (path) =>
        path.startsWith('/.well-known') ? { headers: { 'content-type': 'text/html' } } : undefined,
    },
    says: 'discovery URL returned an unsupported Content-Type "text/html"',
    fails: true,
  },
  {
    ...direct,
    name: 'reported packages, of a third party',
    reportsPackages: true,
    says: 'signed',
    since: '1.12',
  },
  { ...onDefault, name: 'a signed release of the default host', says: 'signed' },
  { ...onDefault, name: 'no key on the default host', keys: [], says: 'skipped' },
  {
    ...onDefault,
    name: 'no key on the default host, enforced',
    keys: [],
    env: { OPENTOFU_ENFORCE_GPG_VALIDATION: 'true' },
    says: sumsFault,
    fails: true,
  },
  {
    ...onDefault,
    name: 'reported packages of the default host',
    reportsPackages: true,
    says: 'signed',
    since: '1.12',
  },
  { ...mirror, name: 'a mirror', says: 'verified checksum' },
  { ...mirror, host: 'third', name: 'a mirror of another host', says: 'verified checksum' },
  { ...mirror, name: 'a mirror with a token', token: true, says: 'verified checksum' },
  {
    ...mirror,
    name: 'a mirror without hashes',
    faults: { mirrorHashes: [] },
    says: 'unauthenticated',
  },
  {
    ...mirror,
    name: 'a mirror with other hashes',
    faults: { mirrorHashes: [`zh:${'0'.repeat(64)}`] },
    says: "provider package doesn't match the expected checksum",
    fails: true,
  },
  {
    ...mirror,
    name: 'a mirror with hashes that nobody knows',
    faults: { mirrorHashes: ['new:x'] },
    says: 'does not support any of the checksum formats given for this provider',
    fails: true,
  },
  {
    ...mirror,
    name: 'a mirror that lost a version',
    faults: { answer: (path) => (path.endsWith('/1.1.0.json') ? { status: 404 } : undefined) },
    says: 'provider mirror does not have archive index for previously-reported',
    fails: true,
  },
  {
    ...mirror,
    name: 'a mirror that is no mirror',
    faults: {
      answer: (path) =>
        path.endsWith('.json') ? { headers: { 'content-type': 'text/html' } } : undefined,
    },
    says: 'response has invalid Content-Type: must be application/json',
    fails: true,
  },
  {
    ...mirror,
    name: 'a mirror trusted for all hashes',
    trustAllHashes: true,
    says: 'Signature validation was skipped',
    label: 'verified checksum',
    since: '1.12',
  },
];

let certificate: TestCertificate;
let keys: Readonly<Record<'key' | 'other' | 'expired', OriginKey>>;
let packages: readonly OriginPackage[];

beforeAll(async () => {
  certificate = await makeTestCertificate();
  keys = {
    key: await makeOriginKey(),
    other: await makeOriginKey(),
    expired: await makeOriginKey({ expired: true }),
  };
  const wanted = ['1.0.0', '1.1.0'].flatMap((version) =>
    [`${platform.os}_${platform.arch}`, 'plan9_386'].map((name) => [version, name] as const),
  );
  packages = await Promise.all(
    wanted.map(async ([version, name]) => {
      const zip = await makeProviderZip({ type: 'thing', version }, name);
      const { h1OfTree } = await inspectPackage(readableOf(zip));
      return { namespace: 'acme', type: 'thing', version, platform: name, zip, h1: h1OfTree };
    }),
  );
});

interface Outcome {
  readonly succeeded: boolean;
  readonly said: string;
  readonly lock: string | undefined;
}

const lockOf = (project: string): Promise<string | undefined> =>
  readFile(join(project, '.terraform.lock.hcl'), 'utf8').catch(() => undefined);

/** Without frames and line ends, which break sentences anywhere. */
const plain = (text: string): string => text.replaceAll(/\s*│\s*|\s+/gu, ' ');

async function runTheirs(
  tofu: string,
  scenario: Scenario,
  registry: OriginRegistry,
): Promise<Outcome> {
  const folder = await tempFolder();
  const project = join(folder, 'project');
  await mkdir(project);
  const [ca, config] = [join(folder, 'ca.crt'), join(folder, 'tofurc')];
  await writeFile(ca, certificate.ca);
  const method =
    scenario.method === 'direct'
      ? 'direct {}'
      : `network_mirror {\n    url = "${registry.mirrorUrl}"\n${scenario.trustAllHashes === true ? '    trust_all_hashes = true\n' : ''}  }`;
  const host =
    scenario.host === 'default'
      ? `host "registry.opentofu.org" {\n  services = { "providers.v1" = "${registry.providersUrl}" }\n}\n`
      : '';
  const credentials =
    scenario.token === true ? `credentials "${registry.host}" {\n  token = "s3cret"\n}\n` : '';
  await writeFile(config, `provider_installation {\n  ${method}\n}\n${host}${credentials}`);
  const source = addressOf(scenario, registry);
  await writeFile(
    join(project, 'main.tf'),
    `terraform {\n  required_providers {\n    thing = {\n      source = "${source}"\n    }\n  }\n}\n`,
  );
  const env = {
    ...scenario.env,
    TF_CLI_CONFIG_FILE: config,
    SSL_CERT_FILE: ca,
    TF_PROVIDER_DOWNLOAD_RETRY: '0',
  };
  const { code, stderr, stdout } = await runProgram(tofu, ['init', '-no-color'], {
    cwd: project,
    env,
  });
  return { succeeded: code === 0, said: plain(stdout + stderr), lock: await lockOf(project) };
}

function addressOf(scenario: Scenario, registry: OriginRegistry): string {
  switch (scenario.host) {
    case 'own':
      return `${registry.host}/acme/thing`;
    case 'third':
      return 'example.com/acme/thing';
    case 'default':
      return 'acme/thing';
  }
}

async function runOurs(scenario: Scenario, registry: OriginRegistry): Promise<Outcome> {
  const directory = await tempFolder();
  const provider = parseProviderAddress(addressOf(scenario, registry));
  const labels: AuthenticationLabel[] = [];
  const requirement = { provider, constraints: parseConstraints('') };
  try {
    await initProviders(
      {
        directory,
        dataDirectory: join(directory, '.terraform'),
        source: sourceOf(scenario, registry),
        requirements: new Map([[providerKey(provider), requirement]]),
        platform,
        upgrade: false,
        lockFileMode: 'update',
        enforceSignatures: scenario.env?.['OPENTOFU_ENFORCE_GPG_VALIDATION'] === 'true',
      },
      { events: { installed: (_provider, _version, { label }) => labels.push(label) } },
    );
    return { succeeded: true, said: labels.join(), lock: await lockOf(directory) };
  } catch (error) {
    return { succeeded: false, said: plain(String(error)), lock: await lockOf(directory) };
  }
}

function sourceOf(scenario: Scenario, registry: OriginRegistry): ProviderSource {
  const http = createHttpClient({ ca: [certificate.ca] });
  const download = createDownload(http, { retries: 0 });
  const credentialsFor = (host: string): Promise<string | undefined> =>
    Promise.resolve(scenario.token === true && host === registry.host ? 's3cret' : undefined);
  if (scenario.method === 'network_mirror') {
    const url = new URL(registry.mirrorUrl);
    return createNetworkMirrorSource({
      mirror: createNetworkMirror({ http, url, credentialsFor }),
      download,
      trustAllHashes: scenario.trustAllHashes,
    });
  }
  const hosts = new Map([['registry.opentofu.org', { 'providers.v1': registry.providersUrl }]]);
  const discovery = createServiceDiscovery({ http, credentialsFor, hosts });
  return createDirectSource({
    registry: createProviderRegistry({ http, discovery, credentialsFor }),
    download,
    enforceSignatures: scenario.env?.['OPENTOFU_ENFORCE_GPG_VALIDATION'] === 'true',
    enforceExpiration: scenario.env?.['OPENTOFU_ENFORCE_GPG_EXPIRATION'] === 'true',
  });
}

async function start(scenario: Scenario): Promise<OriginRegistry> {
  const registry = await startOriginRegistry({
    packages,
    keys: (scenario.keys ?? ['key']).map((name) => keys[name]),
    tls: certificate,
    reportsPackages: scenario.reportsPackages ?? false,
    ...(scenario.token === true ? { token: 's3cret' } : {}),
  });
  onTestFinished(() => registry.close());
  Object.assign(registry.faults, scenario.faults);
  if (scenario.signer !== undefined) registry.faults.signer = keys[scenario.signer];
  return registry;
}

async function isAtLeast112(tofu: string): Promise<boolean> {
  const { stdout } = await runProgram(tofu, ['version'], {});
  const minor = /v1\.(\d+)\./u.exec(stdout)?.[1];
  return Number(minor) >= 12;
}

describe.skipIf(tofus.length === 0)(
  'origin registries and network mirrors, beside OpenTofu',
  () => {
    describe.each(tofus.map((path) => [basename(path), path]))('%s', (_name, tofu) => {
      it.for(scenarios)('agrees on $name', async (scenario, { skip }) => {
        skip(
          scenario.since !== undefined && !(await isAtLeast112(tofu)),
          'came with OpenTofu 1.12',
        );
        const registry = await start(scenario);
        const theirs = await runTheirs(tofu, scenario, registry);
        const ours = await runOurs(scenario, registry);
        const outcome = scenario.fails !== true;
        expect(theirs, theirs.said).toMatchObject({ succeeded: outcome });
        expect(ours, ours.said).toMatchObject({ succeeded: outcome });
        expect(theirs.said).toContain(scenario.says);
        expect(ours.said).toContain(scenario.label ?? scenario.says);
        expect(ours.lock).toBe(theirs.lock);
      });
    });
  },
);

it.runIf(tofus.length === 0)(
  'skips the comparison with OpenTofu: none is on PATH nor named by TOFU_BIN',
  () => {
    expect(tofus).toEqual([]);
  },
);
