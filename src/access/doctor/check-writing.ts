import { randomBytes } from 'node:crypto';
import { isTofuOciError } from '../../base/index.ts';
import {
  bytesSource,
  type ManifestContent,
  manifestSource,
  type Remover,
  type TargetRepository,
} from '../../content/index.ts';
import {
  canonicalJson,
  type Descriptor,
  type Digest,
  emptyBlob,
  emptyDescriptor,
  formatRepositoryName,
  mediaTypes,
  type RepositoryName,
} from '../../spec/index.ts';
import type { SeenExchange } from '../registry-power.ts';
import type { Tell } from './check.ts';
import { checkReferrers } from './check-reading.ts';
import { hostOf, type MetRegistry, type RegistryCheck, tellTokens } from './check-registry.ts';
import { explainRefusal } from './known-refusals.ts';
import { stepOf } from './steps.ts';
import { adviceOf, explainFailure } from './tell-failure.ts';

/** What a provider's release consists of, in OpenTofu's words. */
export interface ProviderTypes {
  readonly provider: string;
  readonly target: string;
  readonly packageLayer: string;
  /** What refers to the index of a release. */
  readonly evidence: string;
}

export interface WritingCheck extends RegistryCheck, MetRegistry {
  readonly repository: RepositoryName;
  readonly types: ProviderTypes;
}

/**
 * Pushes a release of a few bytes under a tag that OpenTofu passes over, reads it back, and takes it away:
 *
 * 1. A blob, as a package is uploaded; then the manifest, the index under the tag, and a referrer of the index.
 * 2. The index by its tag, and its referrers.
 * 3. Everything is deleted that can be; what is left is named.
 */
export async function checkWriting(check: WritingCheck, tell: Tell): Promise<void> {
  const { power, product, repository, signal } = check;
  const remote = power.repository(repository);
  const probe = makeProbe(check.types);
  const made: Made = { manifests: [], tag: undefined };
  power.takeSeen();
  let what = 'a blob';
  try {
    await remote.push(bytesSource(probe.layer, check.types.packageLayer), { signal });
    await remote.push(bytesSource(emptyBlob(), mediaTypes.empty), { signal });
    tellUpload(check, power.takeSeen(), tell);
    what = `a manifest of the type ${check.types.target}`;
    await remote.push(manifestSource(probe.target), { signal });
    made.manifests.push(probe.target.descriptor.digest);
    what = `an index of the type ${check.types.provider}`;
    await remote.tag(probe.index, probe.tag, { signal });
    made.manifests.push(probe.index.descriptor.digest);
    made.tag = probe.tag;
    tell({
      topic: 'writing',
      status: 'ok',
      text: 'it takes manifests and indexes of the types of providers',
    });
    what = 'the index that was pushed';
    await readBack(remote, probe, check, tell);
    what = 'a referrer of the index';
    await remote.push(manifestSource(probe.referrer), { signal });
    made.manifests.push(probe.referrer.descriptor.digest);
    await checkReferrers(remote, probe.index.descriptor, check, tell);
  } catch (error) {
    signal?.throwIfAborted();
    if (!isTofuOciError(error)) throw error;
    const seen = power.takeSeen();
    tellTokens(seen, tell);
    tell(explainFailure({ topic: 'writing', what, error, seen, product, repository }));
  }
  await cleanUp(remote, made, check, tell);
}

interface Probe {
  readonly tag: string;
  readonly layer: Buffer;
  readonly target: ManifestContent;
  readonly index: ManifestContent;
  readonly referrer: ManifestContent;
}

/** Differs each time, so that nothing of an older one, or of somebody else's, is found in its place. */
function makeProbe(types: ProviderTypes): Probe {
  const mark = randomBytes(6).toString('hex');
  const layer = Buffer.from(`tofu-oci doctor ${mark}\n`);
  const layers = [bytesSource(layer, types.packageLayer).descriptor];
  const target = manifest(types.target, { config: emptyDescriptor, layers });
  const platform = { os: 'linux', architecture: 'amd64' };
  const index = manifest(types.provider, {
    manifests: [{ ...plain(target.descriptor), artifactType: types.target, platform }],
  });
  const referrer = manifest(types.evidence, {
    config: emptyDescriptor,
    layers: [emptyDescriptor],
    subject: plain(index.descriptor),
  });
  return { tag: `tofu-oci-doctor-${mark}`, layer, target, index, referrer };
}

function manifest(artifactType: string, fields: object): ManifestContent {
  const mediaType = 'manifests' in fields ? mediaTypes.index : mediaTypes.manifest;
  const bytes = canonicalJson({ schemaVersion: 2, mediaType, artifactType, ...fields });
  return { bytes, descriptor: bytesSource(bytes, mediaType, { artifactType }).descriptor };
}

function plain({ digest, mediaType, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

function tellUpload({ registry }: WritingCheck, seen: readonly SeenExchange[], tell: Tell): void {
  tellTokens(seen, tell);
  const began = seen.find((each) => each.method === 'POST' && each.headers.has('location'));
  const location = began?.headers.get('location');
  const own = began === undefined ? registry : hostOf(began.url);
  const target = location === undefined ? own : hostOf(location);
  tell({
    topic: 'writing',
    status: 'ok',
    text:
      target === own
        ? 'it takes uploads'
        : `it takes uploads, at ${target}; credentials do not go there`,
  });
}

async function readBack(
  remote: TargetRepository,
  { index, tag }: Probe,
  { signal, types }: WritingCheck,
  tell: Tell,
): Promise<void> {
  const { bytes, descriptor } = await remote.readManifest(tag, { signal });
  if (bytes.equals(index.bytes) && descriptor.artifactType === types.provider) {
    tell({ topic: 'writing', status: 'ok', text: 'what was pushed comes back as it was' });
    return;
  }
  tell({
    topic: 'writing',
    status: 'problem',
    category: 'integrity',
    text: 'the index that was pushed comes back changed',
    advice: 'OpenTofu would refuse it. Look for a proxy on the way, or use another registry.',
  });
}

interface Made {
  readonly manifests: Digest[];
  tag: string | undefined;
}

async function cleanUp(
  remote: TargetRepository & Remover,
  made: Made,
  check: WritingCheck,
  tell: Tell,
): Promise<void> {
  const { power, product, repository, signal } = check;
  if (made.manifests.length === 0) return;
  const list = await referrersList(remote, made, signal);
  const tags = [made.tag, list?.tag].filter((tag) => tag !== undefined);
  const named = tags.length === 0 ? made.manifests.join(', ') : `the tag ${tags.join(' and ')}`;
  const left = `${named} and some hundred bytes are left in ${formatRepositoryName(repository)}`;
  power.takeSeen();
  try {
    if (list !== undefined) await remote.deleteManifest(list.digest, { signal });
    // What refers to others first, so that nothing is left without what it needs.
    for (const digest of made.manifests.toReversed()) {
      await remote.deleteManifest(digest, { signal });
    }
    tell({
      topic: 'writing',
      status: 'ok',
      text: 'it deletes what was pushed; blobs of some bytes go when it collects garbage',
    });
  } catch (error) {
    signal?.throwIfAborted();
    if (!isTofuOciError(error)) throw error;
    const refused = power.takeSeen().findLast((each) => stepOf(each) === 'delete');
    const known = refused === undefined ? undefined : explainRefusal(refused, product);
    tell({
      topic: 'writing',
      status: 'warning',
      text: `${left}: ${known?.means ?? error.message}`,
      advice: known === undefined ? error.hint : adviceOf(known, repository),
      refusal: known?.id,
    });
  }
}

/**
 * The list of referrers that stands in for the API, where there is none.
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#referrers-tag-schema
 */
async function referrersList(
  remote: TargetRepository,
  { manifests }: Made,
  signal: AbortSignal | undefined,
): Promise<{ readonly tag: string; readonly digest: Digest } | undefined> {
  const [, index] = manifests;
  if (index === undefined) return undefined;
  const tag = index.replace(':', '-');
  try {
    return { tag, digest: (await remote.resolve(tag, { signal })).digest };
  } catch {
    signal?.throwIfAborted();
    return undefined;
  }
}
