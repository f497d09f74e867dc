import { type CallOptions, type Clock, type Files, nodeFiles } from '../../base/index.ts';
import { buildOriginDocument, buildSigningKeysDocument } from '../../artifact/index.ts';
import type { TargetRepository } from '../../content/index.ts';
import {
  formatProviderAddress,
  formatVersion,
  type ProviderAddress,
  type Version,
} from '../../domain/index.ts';
import type { ReleaseTrust } from '../../release/index.ts';
import type { Annotations, Digest } from '../../spec/index.ts';
import { collectPackages } from './collect-packages.ts';
import { inspectPackages, type LocalPackage } from './local-package.ts';
import type { PackageOutcome } from './plan-release.ts';
import { type Published, type PublishEvents, publishRelease } from './publish-release.ts';
import { checkSums, readDocuments } from './release-documents.ts';
import { type ReleaseSigner, signaturePart } from './release-signature.ts';

export interface PushRequest {
  readonly provider: ProviderAddress;
  /** Else the one version that the file names agree on. */
  readonly version: Version | undefined;
  /** Zips and folders of zips. */
  readonly paths: readonly string[];
  /** Custom annotations of the index. */
  readonly annotations: Annotations;
  /** The public key of the release's own signature, or the key to sign with. */
  readonly signer: ReleaseSigner | undefined;
  readonly adopt: boolean;
  readonly replace: boolean;
  readonly merge: boolean;
  readonly dryRun: boolean;
}

export interface PushEvents extends PublishEvents {
  /** The packages were found; now each is read and hashed. */
  collected?(this: void, version: Version, count: number): void;
  /** All packages were found good; sending begins. */
  inspected?(this: void, packages: readonly LocalPackage[]): void;
}

export interface PushOptions extends CallOptions {
  readonly events?: PushEvents | undefined;
  readonly files?: Files | undefined;
  readonly clock?: Clock | undefined;
  /** By what the release is judged before anything of it is sent; default without any rule. */
  readonly trust?: ReleaseTrust | undefined;
}

export interface PushedPackage {
  readonly platform: string;
  readonly outcome: PackageOutcome;
  readonly zh: string;
  readonly filename?: string | undefined;
  readonly size?: number | undefined;
}

/** What `--json` prints as its last line. */
export interface PushSummary {
  readonly provider: string;
  readonly version: string;
  readonly repository: string;
  readonly tag: string;
  /** Of the index. */
  readonly digest: Digest;
  readonly action: 'published' | 'present' | 'foreign' | 'planned';
  readonly evidence: Published['evidence'];
  readonly packages: readonly PushedPackage[];
}

/**
 * Publishes a release from local zips: finds them, reads each once and refuses what is no provider
 * package before anything is sent, checks SHA256SUMS and signature where they are, and brings the
 * release into the repository.
 */
export async function push(
  repository: TargetRepository,
  request: PushRequest,
  options: PushOptions = {},
): Promise<PushSummary> {
  const files = options.files ?? nodeFiles;
  const { type } = request.provider;
  const collected = await collectPackages({ ...request, type }, files);
  const { version } = collected;
  options.events?.collected?.(version, collected.packages.length);
  const documents = await readDocuments({ type, version, folders: collected.folders }, files);
  const packages = await inspectPackages(type, version, collected.packages, {
    files,
    signal: options.signal,
  });
  if (documents.sums !== undefined) checkSums(documents.sums.parsed, packages);
  const signed = await signaturePart(request.signer, documents, packages);
  options.events?.inspected?.(packages);

  const identity = { provider: request.provider, version };
  const published = await publishRelease(
    repository,
    {
      ...request,
      identity,
      packages,
      documents: {
        sums: signed.sums,
        signature: signed.signature,
        keys: signed.keys.length === 0 ? undefined : buildSigningKeysDocument(signed.keys),
        origin: buildOriginDocument({
          identity,
          host: request.provider.hostname,
          packages: packages.map(({ record }) => record),
          protocols: documents.protocols,
        }),
      },
    },
    options,
  );
  return summarise(repository, request, version, published);
}

function summarise(
  repository: TargetRepository,
  request: PushRequest,
  version: Version,
  published: Published,
): PushSummary {
  const { plan, tag, evidence } = published;
  const done = plan.action === 'publish' ? 'published' : plan.action;
  return {
    provider: formatProviderAddress(request.provider),
    version: formatVersion(version),
    repository: repository.name,
    tag,
    digest: published.index.digest,
    action: request.dryRun && plan.action === 'publish' ? 'planned' : done,
    evidence,
    packages: plan.packages.map(({ platform, outcome, zh, record }) => ({
      platform,
      outcome,
      zh,
      filename: record?.filename,
      size: record?.size,
    })),
  };
}
