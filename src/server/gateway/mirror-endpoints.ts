import type { Answer } from '../answers/index.ts';
import {
  documentAnswer,
  privateDocument,
  type RenderedDocument,
  renderDocument,
} from './answers.ts';
import type { CatalogedProvider } from './catalog.ts';
import { mirrorIndex, mirrorVersion } from './documents.ts';
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
import type { GatewayRoute, ProviderRoute } from './paths.ts';

type RouteOf<K extends GatewayRoute['kind']> = Extract<GatewayRoute, { kind: K }>;

/** From `/v1/mirror/HOST/NAMESPACE/TYPE/` to `/v1/`. */
const stepsUp = 4;

/**
 * The network mirror.
 * @see https://opentofu.org/docs/internals/provider-network-mirror-protocol/
 */
export function createMirrorEndpoints(parts: GatewayParts) {
  const indexes = new WeakMap<CatalogedProvider, RenderedDocument>();
  return {
    async mirrorIndex({ provider }: ProviderRoute, exchange: CallerExchange): Promise<Answer> {
      const readable = await findReadable(parts, provider, exchange);
      if (isAnswer(readable)) return readable;
      const cataloged = await parts.catalog.provider(provider, exchange);
      if (cataloged === undefined) return providerUnknown(provider);
      const document = indexes.get(cataloged) ?? renderDocument(mirrorIndex(cataloged));
      indexes.set(cataloged, document);
      return documentAnswer(exchange.request, document);
    },
    async mirrorVersion(
      route: RouteOf<'mirror-version'>,
      exchange: CallerExchange,
    ): Promise<Answer> {
      const readable = await findReadable(parts, route.provider, exchange);
      if (isAnswer(readable)) return readable;
      const release = await findOffered(parts, route, exchange);
      if (isAnswer(release)) return release;
      const grant = granter(parts, readable, exchange);
      const document = mirrorVersion(release, {
        hashesOf: (one) => hashesOf(parts, one),
        urlFor: urlsFrom(stepsUp, release, grant),
      });
      return grant === undefined
        ? documentAnswer(exchange.request, renderDocument(document))
        : privateDocument(document);
    },
  };
}
