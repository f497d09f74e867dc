import { hostname } from 'node:os';
import { FileAccessError, nodeFiles } from '../base/index.ts';
import { openLayoutRoot, type RegistryStorage } from '../content/index.ts';
import { type Authenticator, createBasicAuthenticator } from './auth/authenticator.ts';
import { maxHtpasswdBytes, parseHtpasswd } from './auth/htpasswd.ts';
import { createPasswordChecker } from './auth/password-checker.ts';
import { HtpasswdError, PlainHttpError } from './errors.ts';
import { hostName, type HostRule } from './guard.ts';
import { isLoopback, type ListenAddress, parseListenAddress } from './listen-address.ts';
import { type Listener, startListener } from './listener.ts';
import { createRegistry, type RegistryHandler } from './registry/index.ts';
import { createRequestHandler } from './request-handler.ts';
import type { RunningServer, ServerOptions } from './server-options.ts';
import { givenMaterial } from './tls/given-material.ts';
import { selfSignedMaterial, type TlsMaterial } from './tls/self-signed.ts';
import { trustAdvice } from './tls/trust-advice.ts';

const defaultListen = '127.0.0.1:5000';
const defaultDrainMs = 10_000;

/**
 * Starts the server: checks all of its settings, then opens the storage, then listens. When one of
 * these fails, what was opened before it is closed again.
 * @throws PlainHttpError, ListenAddressError, ListenError, HtpasswdError, TlsMaterialError,
 * TlsFolderError, TlsHostError, FileAccessError, and what opening the storage throws
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const plan = planListeners(options);
  const tls = await tlsMaterial(options, plan);
  const undo: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const authenticator = await openAuthenticator(options);
    if (authenticator !== undefined) undo.push(() => authenticator.close());
    const mode = options.readOnly === true ? 'read' : 'write';
    const storage = await openLayoutRoot(options.folder, { mode, clock: options.clock });
    undo.push(() => storage.close());
    const registry = openRegistry(storage, options);
    const listeners: Listener[] = [];
    undo.push(async () => {
      const drainMs = options.drainMs ?? defaultDrainMs;
      await Promise.all(listeners.map((listener) => listener.close(drainMs)));
    });
    for (const { address, secure } of plan) {
      const hostRule = hostRuleFor(options, secure);
      const handle = createRequestHandler({ registry, authenticator, hostRule, options });
      listeners.push(await startListener(address, secure ? tls : undefined, handle));
    }
    let closing: Promise<void> | undefined;
    return {
      addresses: listeners.map(({ url }) => ({ url })),
      trustAdvice: tls?.caFile === undefined ? undefined : trustAdvice(tls.caFile, tls.replaced),
      close: () => (closing ??= closeAll()),
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

interface PlannedListener {
  readonly address: ListenAddress;
  readonly secure: boolean;
}

function planListeners(options: ServerOptions): PlannedListener[] {
  const secure = options.tls !== undefined;
  const onlyHttp = options.listen === undefined && options.listenHttp !== undefined && !secure;
  const plan: PlannedListener[] = [];
  if (!onlyHttp) {
    plan.push({ address: parseListenAddress(options.listen ?? defaultListen), secure });
  }
  if (options.listenHttp !== undefined) {
    plan.push({ address: parseListenAddress(options.listenHttp), secure: false });
  }
  for (const { address, secure: encrypted } of plan) {
    if (!encrypted && !isLoopback(address.host)) {
      throw new PlainHttpError(address.host ?? 'all addresses');
    }
  }
  return plan;
}

async function tlsMaterial(
  { tls, folder, clock, publicUrl }: ServerOptions,
  plan: readonly PlannedListener[],
): Promise<TlsMaterial | undefined> {
  if (tls === undefined) return undefined;
  if (tls.kind === 'files') return givenMaterial({ ...tls, clock });
  const listened = plan.filter(({ secure }) => secure).map(({ address }) => address.host);
  const hosts = listened.map((host) => (isWildcard(host) ? hostname() : host));
  const known = [...hosts, publicHost(publicUrl)].filter((host) => host !== undefined);
  return selfSignedMaterial(tls.folder, {
    hosts: [...(tls.hosts ?? []), ...known],
    servedFolder: folder,
    clock,
  });
}

function isWildcard(host: string | undefined): boolean {
  return host === undefined || host === '::' || host === '0.0.0.0';
}

function publicHost(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? hostName(new URL(url).host) : undefined;
}

function hostRuleFor({ allowedHosts, publicUrl }: ServerOptions, secure: boolean): HostRule {
  if (secure && allowedHosts === undefined) return 'any';
  const known = [...(allowedHosts ?? []).map(hostName), publicHost(publicUrl)];
  return { allowed: new Set(known.filter((host) => host !== undefined)) };
}

async function openAuthenticator({
  htpasswdFile,
  clock,
}: ServerOptions): Promise<Authenticator | undefined> {
  if (htpasswdFile === undefined) return undefined;
  let text: string;
  try {
    const { size } = await nodeFiles.stat(htpasswdFile);
    if (size > maxHtpasswdBytes) {
      throw new HtpasswdError(htpasswdFile, undefined, 'it is too large to be an htpasswd file');
    }
    text = await nodeFiles.readFile(htpasswdFile, 'utf8');
  } catch (error) {
    if (error instanceof HtpasswdError) throw error;
    throw new FileAccessError('read', htpasswdFile, error);
  }
  const users = parseHtpasswd(text, htpasswdFile);
  return createBasicAuthenticator(users, await createPasswordChecker(), clock);
}

function openRegistry(storage: RegistryStorage, options: ServerOptions): RegistryHandler {
  const { readOnly, missingContent, clock, onError } = options;
  return createRegistry(storage, {
    readOnly,
    missingContent,
    clock,
    onError: (error) => onError?.(error),
  });
}
