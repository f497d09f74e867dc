import { mapBounded } from '../../base/index.ts';
import { displayProvider, formatVersion } from '../../domain/index.ts';
import type { Answer } from '../answers/index.ts';
import {
  documentAnswer,
  gatewayError,
  privateDocument,
  type RenderedDocument,
  renderDocument,
} from './answers.ts';
import type { CatalogedProvider } from './catalog.ts';
import { downloadDocument, proofOf, versionsDocument } from './documents.ts';
import {
  type CallerExchange,
  findOffered,
  findReadable,
  type GatewayParts,
  granter,
  hashesOf,
  isAnswer,
  providerUnknown,
  urlsFrom,
} from './exchange.ts';
import type { OfferedPackage, OfferedRelease } from './offered-release.ts';
import type { GatewayRoute, ProviderRoute } from './paths.ts';
import type { ShelvedRepository } from './shelf.ts';

type RouteOf<K extends GatewayRoute['kind']> = Extract<GatewayRoute, { kind: K }>;

/** From `/v1/providers/HOST/NAMESPACE/TYPE/VERSION/download/OS/` to `/v1/`. */
const stepsUp = 7;
/** Packages of one release that are looked for at the same time. */
const concurrency = 4;

/**
 * The provider registry.
 * @see https://opentofu.org/docs/internals/provider-registry-protocol/
 */
export function createRegistryEndpoints(parts: GatewayParts) {
  const lists = new WeakMap<CatalogedProvider, RenderedDocument>();
  const measurements = new WeakMap<
    OfferedRelease,
    Promise<readonly OfferedPackage[] | undefined>
  >();

  /** Once for each release; where that fails, the next one who asks tries again. */
  const measured = (
    release: OfferedRelease,
    shelved: ShelvedRepository,
  ): Promise<readonly OfferedPackage[] | undefined> => {
    const known = measurements.get(release) ?? measure(release, shelved);
    measurements.set(release, known);
    return known.catch((error: unknown) => {
      measurements.delete(release);
      parts.options.onError?.(error);
      return undefined;
    });
  };

  return {
    async versions({ provider }: ProviderRoute, exchange: CallerExchange): Promise<Answer> {
      const readable = await findReadable(parts, provider, exchange);
      if (isAnswer(readable)) return readable;
      const cataloged = await parts.catalog.provider(provider, exchange);
      if (cataloged === undefined) return providerUnknown(provider);
      const document = lists.get(cataloged) ?? renderList(cataloged);
      if (document === undefined) {
        return gatewayError(
          404,
          `no version of ${displayProvider(provider)} is signed by an accepted key; as a network mirror it is offered`,
        );
      }
      lists.set(cataloged, document);
      return documentAnswer(exchange.request, document);
    },
    async download(route: RouteOf<'download'>, exchange: CallerExchange): Promise<Answer> {
      const { platform, provider, version } = route;
      const readable = await findReadable(parts, provider, exchange);
      if (isAnswer(readable)) return readable;
      const release = await findOffered(parts, route, exchange);
      if (isAnswer(release)) return release;
      const name = `${displayProvider(provider)} ${formatVersion(version)}`;
      const found = release.packages.find((one) => one.platform === platform);
      if (found === undefined) return gatewayError(404, `${name} has no package for ${platform}`);
      const proof = proofOf(release, platform);
      if (proof === undefined) {
        return gatewayError(
          404,
          `${name} is not signed by an accepted key; as a network mirror it is offered`,
        );
      }
      const grant = granter(parts, readable, exchange);
      const document = downloadDocument({
        release,
        found,
        proof,
        measured: await measured(release, readable),
        hashesOf: (one) => hashesOf(parts, one),
        urlFor: urlsFrom(stepsUp, release, grant),
      });
      return grant === undefined
        ? documentAnswer(exchange.request, renderDocument(document))
        : privateDocument(document);
    },
  };
}

function renderList(cataloged: CatalogedProvider): RenderedDocument | undefined {
  const document = versionsDocument(cataloged);
  return document === undefined ? undefined : renderDocument(document);
}

/**
 * The packages that are there, with the sizes that the index names. From afar sizes are only what somebody says:
 * a size that is wrong makes OpenTofu refuse a package that is right, so none is told.
 */
async function measure(
  { packages }: OfferedRelease,
  { openBlob, repository }: ShelvedRepository,
): Promise<readonly OfferedPackage[] | undefined> {
  if (openBlob === undefined) return undefined;
  const there = await mapBounded(packages, concurrency, ({ layer }) => repository.exists(layer));
  return packages.filter((_, index) => there[index] === true);
}
