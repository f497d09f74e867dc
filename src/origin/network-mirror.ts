import type { GenericSchema } from 'valibot';
import type { CallOptions } from '../base/index.ts';
import {
  compareVersions,
  formatProviderAddress,
  formatVersion,
  InvalidHashError,
  InvalidVersionError,
  type PackageHash,
  parsePackageHash,
  parseVersion,
  type ProviderAddress,
  type Version,
} from '../domain/index.ts';
import { discard, type HttpClient, type HttpResponse } from '../http/index.ts';
import { bearer, type CredentialsFor, hostOf, mayCarryToken } from './credentials.ts';
import {
  InvalidDocumentError,
  OriginUnauthorizedError,
  UnsuccessfulStatusError,
  type WantedPackage,
} from './errors.ts';
import { exchangeWhole } from './exchange.ts';
import { documentLimits, mediaTypeOf, readDocument, reasonOf, shown } from './json-document.ts';
import { asQuery } from './query-failures.ts';
import { mirrorIndexAnswer, mirrorVersionAnswer } from './registry-answers.ts';
import { defaultRequestTimeoutMs } from './service-discovery.ts';

export interface NetworkMirrorOptions {
  readonly http: HttpClient;
  /** https, or loopback. Paths are relative to it: without a slash at its end it loses its last part. */
  readonly url: URL;
  readonly credentialsFor?: CredentialsFor | undefined;
  /** TF_REGISTRY_CLIENT_TIMEOUT, for one document. Default 10,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** What `X-Terraform-Version` says. */
  readonly tofuVersion?: string | undefined;
}

/** One archive of a version, as the mirror states it. */
export interface MirrorArchive {
  readonly url: URL;
  /** Of any scheme; empty when the mirror states none. */
  readonly hashes: readonly PackageHash[];
}

export interface MirrorArchives {
  /** By platform, as the mirror wrote it. */
  readonly archives: ReadonlyMap<string, MirrorArchive>;
  /** Where the document came from, after redirects. */
  readonly documentUrl: URL;
}

/**
 * The provider network mirror protocol, client side. Its documents are not asked for again, as in OpenTofu.
 * @see https://opentofu.org/docs/internals/provider-network-mirror-protocol/
 */
export interface NetworkMirror {
  /** For messages. */
  readonly display: string;
  /**
   * Ascending; what is no version is left out. Undefined when the mirror does not have the provider.
   * @throws OriginQueryError, OriginUnauthorizedError
   */
  versions(
    provider: ProviderAddress,
    options?: CallOptions,
  ): Promise<readonly Version[] | undefined>;
  /**
   * The archives of one version. That it is missing is a failure: the mirror listed it.
   * @throws OriginQueryError, OriginUnauthorizedError
   */
  archives(
    release: Pick<WantedPackage, 'provider' | 'version'>,
    options?: CallOptions,
  ): Promise<MirrorArchives>;
}

export function createNetworkMirror(options: NetworkMirrorOptions): NetworkMirror {
  const { http, url: base } = options;
  const display = base.href;

  /** Undefined for a 404. */
  async function ask<T>(
    { file, provider, schema, what, maxBytes }: Question<T>,
    call: CallOptions,
  ): Promise<{ readonly answer: T; readonly from: URL } | undefined> {
    const { hostname, namespace, type } = provider;
    const path = [hostname, namespace, type, file].map(encodePart).join('/');
    return await exchangeWhole(
      http,
      {
        // The dot keeps a host with a port from being taken for a scheme.
        url: new URL(`./${path}`, base),
        headers: {
          accept: 'application/json',
          'x-terraform-version': options.tofuVersion ?? '1.12.0',
        },
        credentials: await authorization(),
        rules: { retries: 0, timeoutMs: options.requestTimeoutMs ?? defaultRequestTimeoutMs },
      },
      async (response) => {
        const { body, status, url } = response;
        if (status !== 200) {
          discard(body);
          if (status === 404) return undefined;
          throw refusalOf(status, url);
        }
        checkType(response);
        return {
          answer: await readDocument(response, schema, { ...call, maxBytes, what }),
          from: url,
        };
      },
      call,
    );
  }

  async function authorization(): Promise<string | undefined> {
    if (!mayCarryToken(base)) return undefined;
    try {
      const token = await options.credentialsFor?.(hostOf(base));
      return token === undefined ? undefined : bearer(token);
    } catch (cause) {
      throw new InvalidDocumentError(
        `failed to determine request credentials: ${reasonOf(cause)}`,
        { cause },
      );
    }
  }

  return {
    display,

    async versions(provider, call = {}) {
      const found = await asQuery(
        provider,
        call,
        () =>
          ask(
            {
              provider,
              file: 'index.json',
              schema: mirrorIndexAnswer,
              what: 'index.json',
              maxBytes: documentLimits.versionsBytes,
            },
            call,
          ),
        { mirror: display },
      );
      if (found === undefined) return undefined;
      const versions = Object.keys(found.answer.versions).flatMap(versionIn);
      const unique = new Map(versions.map((version) => [formatVersion(version), version]));
      return [...unique.values()].sort(compareVersions);
    },

    async archives({ provider, version }, call = {}) {
      return await asQuery(
        provider,
        call,
        async () => {
          const found = await ask(
            {
              provider,
              file: `${formatVersion(version)}.json`,
              schema: mirrorVersionAnswer,
              what: `${formatVersion(version)}.json`,
              maxBytes: documentLimits.packageBytes,
            },
            call,
          );
          if (found === undefined) {
            throw new UnsuccessfulStatusError(
              `provider mirror does not have archive index for previously-reported ${formatProviderAddress(provider)} version ${formatVersion(version)}`,
              404,
            );
          }
          const { answer, from } = found;
          const archives = Object.entries(answer.archives).map(
            ([platform, archive]) => [platform, readArchive(archive, from)] as const,
          );
          return { archives: new Map(archives), documentUrl: from };
        },
        { mirror: display },
      );
    },
  };
}

interface Question<T> {
  readonly provider: ProviderAddress;
  readonly file: string;
  readonly schema: GenericSchema<unknown, T>;
  readonly what: string;
  readonly maxBytes: number;
}

function encodePart(part: string): string {
  return encodeURIComponent(part).replaceAll('%2B', '+').replaceAll('%3A', ':');
}

function refusalOf(status: number, url: URL): Error {
  if (status !== 401 && status !== 403) {
    return new UnsuccessfulStatusError(`server returned unsuccessful status ${status}`, status);
  }
  const host = hostOf(url);
  return new OriginUnauthorizedError(
    host,
    true,
    `Give a token for the mirror's host, ${host}, in a credentials block of the CLI configuration.`,
  );
}

/** @throws InvalidDocumentError */
function checkType(response: HttpResponse): void {
  if (mediaTypeOf(response) === 'application/json') return;
  discard(response.body);
  throw new InvalidDocumentError('response has invalid Content-Type: must be application/json', {
    hint: 'The address may be of something else than a provider network mirror.',
  });
}

function versionIn(text: string): readonly Version[] {
  try {
    return [parseVersion(text)];
  } catch (error) {
    if (error instanceof InvalidVersionError) return [];
    throw error;
  }
}

function readArchive(
  { hashes, url: text }: { readonly url: string; readonly hashes: readonly string[] },
  from: URL,
): MirrorArchive {
  const url = URL.canParse(text, from.href) ? new URL(text, from) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new InvalidDocumentError(
      `provider mirror returned invalid URL ${shown(text)}: it is no http or https address`,
    );
  }
  return { url, hashes: hashes.map(readHash) };
}

function readHash(text: string): PackageHash {
  try {
    return parsePackageHash(text);
  } catch (error) {
    if (!(error instanceof InvalidHashError)) throw error;
    throw new InvalidDocumentError(
      `provider mirror returned invalid provider hash ${shown(text)}: ${error.why}`,
    );
  }
}
