import { join } from 'node:path';
import {
  buildEvidence,
  buildIndex,
  buildOriginDocument,
  buildTarget,
  type EvidenceDocuments,
  formatSha256Sums,
  identityAnnotations,
  type PackageRecord,
} from '../../src/artifact/index.ts';
import { inspectPackage } from '../../src/archive/index.ts';
import {
  bytesSource,
  manifestSource,
  readableOf,
  type TargetRepository,
} from '../../src/content/index.ts';
import {
  packageFilename,
  parsePlatform,
  parseProviderAddress,
  parseVersion,
} from '../../src/domain/index.ts';
import { push } from '../../src/publish/index.ts';
import type { Annotations, Descriptor } from '../../src/spec/index.ts';
import { emptyBlob, mediaTypes } from '../../src/spec/index.ts';
import { makeProviderZip, makeReleaseFolder } from './release-folder.ts';
import { tempFolder } from './temp-folder.ts';

export interface PushedOptions {
  readonly provider?: string;
  readonly version?: string;
  readonly platforms?: readonly string[];
  readonly salt?: string;
  readonly sums?: boolean;
}

/** A release as `push` publishes it. */
export async function pushRelease(
  to: TargetRepository,
  { provider: address = 'example.com/acme/thing', version = '1.2.3', ...made }: PushedOptions = {},
): Promise<void> {
  const provider = parseProviderAddress(address);
  const folder = join(await tempFolder(), 'dist');
  await makeReleaseFolder(folder, { type: provider.type, version, ...made });
  const request = {
    provider,
    version: parseVersion(version),
    paths: [folder],
    annotations: {},
    signer: undefined,
    adopt: false,
    replace: false,
    merge: true,
    dryRun: false,
  };
  await push(to, request, { clock: { now: () => 0, sleep: () => Promise.resolve() } });
}

export interface HandmadeOptions {
  readonly provider?: string;
  readonly version?: string;
  readonly tag?: string;
  /** The version in the names of packages, so that two versions can share some; default the version. */
  readonly namedAfter?: string;
  /** The zip of each platform; default the packages of two platforms. */
  readonly zips?: Readonly<Record<string, Buffer>>;
  readonly annotations?: Annotations;
  /** Changes entries of the index on the way. */
  readonly entries?: (entries: readonly Descriptor[]) => readonly Descriptor[];
  /** Documents of each evidence; default none. */
  readonly evidence?: (records: readonly PackageRecord[]) => readonly EvidenceDocuments[];
}

export interface Handmade {
  readonly index: Descriptor;
  readonly records: readonly PackageRecord[];
}

export const handmadeIdentity = {
  provider: parseProviderAddress('example.com/acme/thing'),
  version: parseVersion('1.2.3'),
};

/** A release put together by hand, so that anything about it can be wrong. */
export async function makeRelease(
  to: TargetRepository,
  options: HandmadeOptions = {},
): Promise<Handmade> {
  const provider = parseProviderAddress(options.provider ?? 'example.com/acme/thing');
  const version = parseVersion(options.version ?? '1.2.3');
  const named = { type: 'thing', version: '1.2.3' };
  const zips = options.zips ?? {
    linux_amd64: await makeProviderZip(named, 'linux_amd64'),
    darwin_arm64: await makeProviderZip(named, 'darwin_arm64'),
  };
  await to.push(bytesSource(emptyBlob(), mediaTypes.empty));
  const nameVersion = parseVersion(options.namedAfter ?? options.version ?? '1.2.3');
  const records: PackageRecord[] = [];
  const entries: Descriptor[] = [];
  for (const [name, zip] of Object.entries(zips)) {
    const platform = parsePlatform(name);
    const filename = packageFilename(provider.type, nameVersion, platform);
    const { h1OfTree: h1, size, zh } = await inspectPackage(readableOf(zip));
    const record = { platform, filename, size, zh, h1 };
    await to.push(bytesSource(zip, 'archive/zip'));
    const target = buildTarget(record);
    await to.push(manifestSource(target));
    records.push(record);
    entries.push(target.descriptor);
  }
  const index = buildIndex(
    options.entries?.(entries) ?? entries,
    options.annotations ?? identityAnnotations({ provider, version }),
  );
  await to.tag(index, options.tag ?? '1.2.3');
  for (const documents of options.evidence?.(records) ?? []) {
    const built = buildEvidence(index.descriptor, documents);
    for (const { bytes, descriptor } of built.layers) {
      await to.push(bytesSource(bytes, descriptor.mediaType));
    }
    await to.push(manifestSource(built.manifest));
  }
  return { index: index.descriptor, records };
}

/** The evidence of a release, with whatever is wrong in its packages. */
export function evidenceOf(
  records: readonly PackageRecord[],
  options: { readonly sums?: boolean } = {},
): EvidenceDocuments {
  const facts = { identity: handmadeIdentity, host: 'example.com', protocols: ['5.0'] };
  const lines = new Map(records.map(({ filename, zh }) => [filename, zh]));
  return {
    sums: options.sums === false ? undefined : Buffer.from(formatSha256Sums(lines)),
    origin: buildOriginDocument({ ...facts, packages: records }),
  };
}
