import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspectPackage } from '../../src/archive/index.ts';
import { readableOf } from '../../src/content/index.ts';
import { parsePlatform, parseProviderAddress, parseVersion } from '../../src/domain/index.ts';
import { makeOriginKey, type OriginKey } from './origin-key.ts';
import {
  type OriginPackage,
  type OriginRegistry,
  type OriginRegistryOptions,
  startOriginRegistry,
} from './origin-registry.ts';
import { putPacked, putUnpacked } from './provider-folders.ts';
import { makeProviderZip } from './release-folder.ts';
import { tempFolder } from './temp-folder.ts';
import { makeTestCertificate, type TestCertificate } from './test-certificate.ts';

/** What `init` and `lock` meet: registries and mirrors with the same few packages of `acme/thing`. */
export interface InitWorld {
  readonly certificate: TestCertificate;
  readonly key: OriginKey;
  readonly packages: readonly OriginPackage[];
  startOrigin(options?: Partial<OriginRegistryOptions>): Promise<OriginRegistry>;
  /** A filesystem mirror with all packages, of the provider that `source` names. */
  mirrorFolder(source: string, form?: 'packed' | 'unpacked'): Promise<string>;
}

export async function makeInitWorld(
  platforms: readonly string[] = ['linux_amd64', 'darwin_arm64'],
  versions: readonly string[] = ['1.0.0', '1.1.0'],
): Promise<InitWorld> {
  const [certificate, key] = await Promise.all([makeTestCertificate(), makeOriginKey()]);
  const packages = await Promise.all(
    versions.flatMap((version) =>
      platforms.map(async (platform): Promise<OriginPackage> => {
        const zip = await makeProviderZip({ type: 'thing', version }, platform);
        const { h1OfTree } = await inspectPackage(readableOf(zip));
        return { namespace: 'acme', type: 'thing', version, platform, zip, h1: h1OfTree };
      }),
    ),
  );
  return {
    certificate,
    key,
    packages,
    startOrigin: (options) =>
      startOriginRegistry({ packages, keys: [key], tls: certificate, ...options }),
    async mirrorFolder(source, form = 'packed') {
      const folder = await tempFolder();
      const put = form === 'packed' ? putPacked : putUnpacked;
      for (const { platform, version, zip } of packages) {
        const request = {
          provider: parseProviderAddress(source),
          version: parseVersion(version),
          platform: parsePlatform(platform),
        };
        await put(folder, request, zip);
      }
      return folder;
    },
  };
}

export interface InitProject {
  readonly home: string;
  /** The variables that make the CLI configuration count, and the certificate trusted. */
  readonly env: Readonly<Record<string, string>>;
  lockText(): Promise<string>;
}

/** A folder that requires `source`, with a CLI configuration. */
export async function makeInitProject(
  { certificate }: Pick<InitWorld, 'certificate'>,
  source: string,
  cliConfig = '',
): Promise<InitProject> {
  const home = await tempFolder();
  const settings = await tempFolder();
  const [ca, config] = [join(settings, 'ca.crt'), join(settings, 'tofurc')];
  await mkdir(home, { recursive: true });
  await writeFile(ca, certificate.ca);
  await writeFile(config, cliConfig);
  await writeFile(
    join(home, 'main.tf'),
    `terraform {\n  required_providers {\n    thing = {\n      source = "${source}"\n    }\n  }\n}\n`,
  );
  return {
    home,
    env: { TF_CLI_CONFIG_FILE: config, SSL_CERT_FILE: ca },
    lockText: () => readFile(join(home, '.terraform.lock.hcl'), 'utf8').catch(() => ''),
  };
}
