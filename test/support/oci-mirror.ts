import {
  buildIndex,
  buildTarget,
  identityAnnotations,
  packageLayer,
  tagOfVersion,
} from '../../src/artifact/index.ts';
import { bytesSource, type TargetRepository } from '../../src/content/index.ts';
import { packageFilename, type PackageHash } from '../../src/domain/index.ts';
import type { PackageRequest } from '../../src/sources/index.ts';

interface Package extends PackageRequest {
  readonly zip: Buffer;
  readonly zh: PackageHash;
  readonly h1: PackageHash;
}

/** Publishes packages of one provider, as OpenTofu wants to find them. */
export async function publishPackages(
  repository: TargetRepository,
  packages: readonly Package[],
): Promise<void> {
  await repository.push(bytesSource(Buffer.from('{}'), 'application/vnd.oci.empty.v1+json'));
  const releases = new Map<string, Package[]>();
  for (const one of packages) {
    const tag = tagOfVersion(one.version);
    releases.set(tag, [...(releases.get(tag) ?? []), one]);
  }
  for (const [tag, group] of releases) {
    const [first] = group;
    if (first === undefined) continue;
    const targets = [];
    for (const { h1, platform, provider, version, zh, zip } of group) {
      const filename = packageFilename(provider.type, version, platform);
      const record = { platform, filename, size: zip.length, zh, h1 };
      await repository.push(bytesSource(zip, packageLayer(record).mediaType));
      const target = buildTarget(record);
      await repository.push(bytesSource(target.bytes, target.descriptor.mediaType));
      targets.push(target.descriptor);
    }
    await repository.tag(buildIndex(targets, identityAnnotations(first)), tag);
  }
}
