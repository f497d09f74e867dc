import type { IncomingMessage } from 'node:http';
import type { Answer } from '../answers/index.ts';
import { gatewayError } from './answers.ts';
import { sumsFilename, zhValue } from './documents.ts';
import {
  findOffered,
  findReadable,
  type GatewayExchange,
  type GatewayParts,
  isAnswer,
  providerUnknown,
} from './exchange.ts';
import type { GatewayAdmission } from './gateway.ts';
import { packageAnswer } from './package-answer.ts';
import type { GatewayRoute } from './paths.ts';
import type { ShelvedRepository } from './shelf.ts';

type FileRoute = Extract<GatewayRoute, { kind: 'packages' | 'sums' }>;

interface FileExchange extends GatewayExchange {
  readonly admit: (request: IncomingMessage) => Promise<GatewayAdmission>;
}

/** Where the query says who was given the URL. */
const signed = 'signature';

/**
 * Files that the documents point at. OpenTofu and Terraform fetch them without credentials, so whoever may read only
 * with credentials was given signed URLs; those who send credentials need none.
 */
export function createFileEndpoints(parts: GatewayParts) {
  return {
    async packages(route: FileRoute, exchange: FileExchange): Promise<Answer> {
      const readable = await authorize(parts, route, exchange);
      if (isAnswer(readable)) return readable;
      const release = await findOffered(parts, route, exchange);
      if (isAnswer(release)) return release;
      // By both: packages of two platforms may be the same bytes.
      const found = release.packages.find(
        (one) => zhValue(one) === route.sha256 && one.filename === route.name,
      );
      if (found === undefined) return gone(route);
      const { caching, shelved } = readable;
      const { buffers, downloads } = parts;
      const source = { shelved, caching, buffers, downloads };
      return await packageAnswer(exchange.request, found, source, { signal: exchange.signal });
    },
    async sums(route: FileRoute, exchange: FileExchange): Promise<Answer> {
      const readable = await authorize(parts, route, exchange);
      if (isAnswer(readable)) return readable;
      const release = await findOffered(parts, route, exchange);
      if (isAnswer(release)) return release;
      const proof = release.proofs.find(({ sha256 }) => sha256 === route.sha256);
      const name = sumsFilename(release);
      const headers = { 'Cache-Control': 'no-store' };
      if (proof !== undefined && route.name === name) {
        const type = { 'Content-Type': 'text/plain; charset=utf-8' };
        return { status: 200, headers: { ...headers, ...type }, body: proof.sums };
      }
      if (proof !== undefined && route.name === `${name}.sig`) {
        const type = { 'Content-Type': 'application/pgp-signature' };
        return { status: 200, headers: { ...headers, ...type }, body: proof.signature };
      }
      return gone(route);
    },
  };
}

interface Readable {
  readonly shelved: ShelvedRepository;
  readonly caching: 'public' | 'private';
}

async function authorize(
  parts: GatewayParts,
  { provider, sha256 }: FileRoute,
  { admit, query, request, signal }: FileExchange,
): Promise<Readable | Answer> {
  const { mayStillRead = () => true, packageUrls, shelf } = parts.options;
  if (packageUrls === undefined || !query.has(signed)) {
    const admission = await admit(request);
    if (admission.kind === 'refused') return admission.answer;
    const { caller } = admission;
    const shelved = await findReadable(parts, provider, { caller, signal });
    if (isAnswer(shelved)) return shelved;
    return { shelved, caching: caller.principal === undefined ? 'public' : 'private' };
  }
  const path = shelf.pathFor(provider);
  const principal = path === undefined ? undefined : packageUrls.verify(query, { path, sha256 });
  if (path === undefined || principal === undefined || !mayStillRead(principal, path, request)) {
    return gatewayError(403, 'this address is not good any more; ask for the package again');
  }
  const shelved = await shelf.find(provider, { signal });
  return shelved === undefined ? providerUnknown(provider) : { shelved, caching: 'private' };
}

/** Between the document and the file somebody published other packages. */
function gone({ name }: FileRoute): Answer {
  return gatewayError(404, `${name} is not here with that hash; ask for the release again`);
}
