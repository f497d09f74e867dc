import { createHash } from 'node:crypto';
import { type CallOptions, type Clock, compareBytes, mapBounded } from '../../base/index.ts';
import {
  formatSha256Sums,
  type IndexIdentity,
  type IndexTarget,
  type OriginDocument,
  providerTypes,
} from '../../artifact/index.ts';
import type { SourceRepository } from '../../content/index.ts';
import { formatPlatform, packageFilename, zhHex } from '../../domain/index.ts';
import {
  gatherEvidence,
  judgeRelease,
  readRelease,
  readReleasePackage,
  type Release,
  type ReleaseTrust,
  type ReleaseVerdict,
  requireAccepted,
} from '../../release/index.ts';
import { publicArmorOf, signDetached, type SigningKeyPair } from '../../signatures/index.ts';
import { parseDigest } from '../../spec/index.ts';
import type { OfferedPackage, OfferedRelease, SignedSums } from './offered-release.ts';

export interface OfferOptions extends CallOptions {
  readonly trust: ReleaseTrust;
  /** Whether the gateway has a key of its own. */
  readonly canSign: boolean;
}

/** Target manifests of one release that are read at the same time, where the index does not say what they hold. */
const concurrency = 4;
/** There have been three. */
const maxProtocols = 16;

/**
 * Reads one release, judges it, and finds out what the gateway may say of it.
 *
 * 1. What the trust policy refuses is not offered, whoever asks and whichever way.
 * 2. A document that an accepted key signed is shown with that key.
 * 3. Where there is none, the gateway's own key signs what is there: it says "this is what the repository holds", and
 *    is told apart from the developer's. It does not sign what came with a signature that is wrong.
 *
 * Packages are named by the hash that the index states: whatever it states, they are fetched by that digest.
 * @throws what `readRelease` and `readReleasePackage` throw; the refusal of the trust policy
 */
export async function offerRelease(
  repository: SourceRepository,
  identity: IndexIdentity,
  options: OfferOptions,
): Promise<OfferedRelease> {
  const { signal, trust } = options;
  const release = await readRelease(repository, identity, { signal });
  const { targets } = release.index;
  const found = await mapBounded(targets, concurrency, (target) =>
    offerPackage(repository, { release, target }, { signal }),
  );
  const gathered = await gatherEvidence(repository, release.descriptor, { signal });
  const held = targets.map(({ platform }, index) => ({ platform, zh: found[index]?.zh }));
  const verdict = await judgeRelease({ ...identity, packages: held, gathered }, trust);
  requireAccepted(verdict);
  const packages = unambiguous(found).sort((a, b) => compareBytes(a.platform, b.platform));
  const proofs = await developersProofs(packages, verdict);
  const isWrong = verdict.kind === 'bad-signature' || verdict.kind === 'invalid';
  const isOwn = ({ platform }: OfferedPackage): boolean =>
    options.canSign && !isWrong && !proofs.some(({ platforms }) => platforms.has(platform));
  return {
    provider: identity.provider,
    version: identity.version,
    tag: release.tag,
    digest: release.descriptor.digest,
    packages,
    protocols: protocolsOf(gathered.evidence.map(({ statement }) => statement)),
    verdict: { ...verdict, proofs: [] },
    proofs,
    ownPlatforms: new Set(packages.filter(isOwn).map(({ platform }) => platform)),
  };
}

async function offerPackage(
  repository: SourceRepository,
  { release, target }: { readonly release: Release; readonly target: IndexTarget },
  options: CallOptions,
): Promise<OfferedPackage> {
  const { hints, platform } = target;
  const named = {
    platform: formatPlatform(platform),
    filename: packageFilename(release.provider.type, release.version, platform),
    hintedH1: hints.h1,
  };
  if (hints.zh !== undefined && hints.size !== undefined) {
    const digest = parseDigest(`sha256:${zhHex(hints.zh)}`);
    const layer = { mediaType: providerTypes.packageLayer, digest, size: hints.size };
    return { ...named, layer, zh: hints.zh };
  }
  const { layer, zh } = await readReleasePackage(repository, release, platform, options);
  return { ...named, layer, zh };
}

/** As OpenTofu, which takes neither of two packages for one platform. */
function unambiguous(packages: readonly OfferedPackage[]): OfferedPackage[] {
  const counts = new Map<string, number>();
  for (const { platform } of packages) counts.set(platform, (counts.get(platform) ?? 0) + 1);
  return packages.filter(({ platform }) => counts.get(platform) === 1);
}

/** What the first document says that says something: all evidence of a release that is offered is of one mind. */
function protocolsOf(
  statements: readonly { readonly origin: OriginDocument }[],
): readonly string[] {
  const named = statements.map(({ origin }) => origin.protocols).find((one) => one.length > 0);
  return (named ?? [])
    .filter((one) => /^[0-9]{1,3}\.[0-9]{1,3}$/u.test(one))
    .slice(0, maxProtocols);
}

async function developersProofs(
  packages: readonly OfferedPackage[],
  verdict: ReleaseVerdict,
): Promise<readonly SignedSums[]> {
  const proofs: SignedSums[] = [];
  for (const { signature, signedBy, signingKeys, sums } of verdict.proofs) {
    const { fingerprint, keyId } = signedBy;
    const publicArmor = await publicArmorOf(signingKeys, fingerprint);
    const platforms = platformsIn(sums, packages);
    if (publicArmor === undefined || platforms.size === 0) continue;
    const sha256 = sha256Of(sums);
    proofs.push({ sums, sha256, signature, publicArmor, keyId, by: 'developer', platforms });
  }
  return proofs;
}

/**
 * Platforms whose packages clients find in the document: as `sha256sum` writes it without a marker for binary files,
 * since OpenTofu and Terraform take that for a part of the name. Both fall over an empty line.
 */
function platformsIn(sums: Buffer, packages: readonly OfferedPackage[]): ReadonlySet<string> {
  const lines = sums
    .toString('utf8')
    .replace(/\r?\n$/u, '')
    .split(/\r?\n/u);
  if (lines.some((line) => line.trim() === '')) return new Set();
  const known = new Set(lines);
  const named = packages.filter(({ filename, zh }) => known.has(`${zhHex(zh)}  ${filename}`));
  return new Set(named.map(({ platform }) => platform));
}

/**
 * The release with what the gateway's own key says of it. Not made for lists: a provider has hundreds of releases, and
 * one of them is installed.
 */
export async function withOwnSignature(
  release: OfferedRelease,
  signer: SigningKeyPair,
  clock: Clock,
): Promise<OfferedRelease> {
  const { ownPlatforms, packages } = release;
  const own = packages.filter(({ platform }) => ownPlatforms.has(platform));
  const sums = Buffer.from(
    formatSha256Sums(new Map(own.map(({ filename, zh }) => [filename, zh]))),
  );
  const proof: SignedSums = {
    sums,
    sha256: sha256Of(sums),
    signature: await signDetached(sums, signer, { now: new Date(clock.now()) }),
    keyId: signer.keyId,
    publicArmor: signer.publicArmor,
    by: 'gateway',
    platforms: ownPlatforms,
  };
  return { ...release, proofs: [...release.proofs, proof] };
}

function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
