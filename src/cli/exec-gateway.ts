import { type CallOptions, isTofuOciError } from '../base/index.ts';
import type { HostServices, InstallationMethod } from '../config/index.ts';
import { matchesPattern, parseProviderAddress, type ProviderAddress } from '../domain/index.ts';
import type { Gateway } from '../server/gateway/index.ts';
import type { SigningKeyPair } from '../signatures/index.ts';
import { type CopySourcePlace, openCopySource } from './copy-places.ts';
import { openLocationShelf } from './location-shelf.ts';
import { type OriginClients, openOriginClients } from './open-origins.ts';
import { releaseTrust } from './release-trust.ts';
import { renderError } from './views/errors.ts';
import type { Output } from './views/output.ts';
import type { Wiring } from './wire.ts';

/** What a program that `exec` runs gets its providers from. */
export interface ExecGateway {
  readonly place: CopySourcePlace;
  /** The `oci_mirror` methods that the place is made of; none when it is a location. */
  readonly mirrors: readonly InstallationMethod[];
  readonly create: (prefix: string) => Gateway;
  /** The registry of a provider that only a `direct` method of the CLI configuration is for. */
  readonly elsewhere?: (provider: string) => Promise<URL | undefined>;
  readonly discover: (host: string, options: CallOptions) => Promise<HostServices>;
  /** Of the key that this run made, if the program was shown a signature by it. */
  usedKey(): string | undefined;
  close(): Promise<void>;
}

/** The user's configuration is a file for people; nothing in it changes while the program runs. */
export async function openExecGateway(
  wiring: Wiring,
  {
    from,
    output,
    trust: trustFile,
  }: {
    readonly from: string | undefined;
    readonly trust: string | undefined;
    readonly output: Output;
  },
): Promise<ExecGateway> {
  // Before anything is opened: a policy that can not be followed ends the command.
  const trust = await releaseTrust(wiring, trustFile);
  const place = await openCopySource(wiring, from);
  const [opened, { createGateway }] = await Promise.all([
    openLocationShelf(wiring, place),
    import('../server/gateway/index.ts'),
  ]);
  const isOfConfig = place.location === undefined;
  const { config } = await wiring.config();
  const methods = isOfConfig ? (config.providerInstallation?.methods ?? []) : [];
  const mirrors = methods.filter(({ kind }) => kind === 'oci_mirror');
  let key: Promise<SigningKeyPair> | undefined;
  let keyId: string | undefined;
  /** Signatures are shown with packages only; lists of versions need them, too, and say nothing of them. */
  let wasShown = false;
  const signer = (): Promise<SigningKeyPair> =>
    (key ??= makeKey().then((made) => {
      keyId = made.keyId;
      return made;
    }));
  let origins: Promise<OriginClients> | undefined;
  const clients = (): Promise<OriginClients> => (origins ??= openClients(wiring));
  return {
    place,
    mirrors,
    create: (prefix) => {
      const gateway = createGateway({
        shelf: opened.shelf,
        prefix,
        signer,
        trust: () => ({ ...trust, now: new Date() }),
        trustAllHashes:
          mirrors.length > 0 &&
          mirrors.every((method) => method.kind === 'oci_mirror' && method.trustAllHashes),
        onError: (error) => renderError(output, error),
      });
      return {
        ...gateway,
        handle: async (request, response) => {
          wasShown ||= /\/download\/[^/]+\/[^/]+$/u.test(request.url ?? '');
          await gateway.handle(request, response);
        },
      };
    },
    ...(isOfConfig
      ? {
          elsewhere: async (text: string) => {
            const provider = providerOf(text);
            if (provider === undefined || place.parts.some((part) => part.serves(provider))) {
              return undefined;
            }
            if (!methods.some((method) => isDirectFor(method, provider))) return undefined;
            const { discovery } = await clients();
            return (await discovery.providers(provider.hostname)).url;
          },
        }
      : {}),
    discover: async (host, options) => (await clients()).discovery.services(host, options),
    usedKey: () => (wasShown ? keyId : undefined),
    close: () => opened.close(),
  };
}

async function makeKey(): Promise<SigningKeyPair> {
  const { generateSigningKey } = await import('../signatures/index.ts');
  return await generateSigningKey('tofu-oci exec, for one run');
}

async function openClients(wiring: Wiring): Promise<OriginClients> {
  const { config, http } = await wiring.repositories();
  const { enforceExpiration, enforceSignatures } = wiring.environment;
  return await openOriginClients(http, {
    ...config.registryProtocols,
    hosts: config.hosts,
    credentialsFor: await wiring.serviceTokens(),
    enforceExpiration,
    enforceSignatures,
  });
}

function providerOf(text: string): ProviderAddress | undefined {
  try {
    return parseProviderAddress(decodeURIComponent(text));
  } catch (error) {
    if (isTofuOciError(error) || error instanceof URIError) return undefined;
    throw error;
  }
}

function isDirectFor(method: InstallationMethod, provider: ProviderAddress): boolean {
  const matches = (patterns: InstallationMethod['include']): boolean =>
    patterns.some((pattern) => matchesPattern(pattern, provider));
  if (method.kind !== 'direct' || matches(method.exclude)) return false;
  return method.include.length === 0 || matches(method.include);
}
