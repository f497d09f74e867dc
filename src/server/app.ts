import { hostname, networkInterfaces } from 'node:os';
import { systemClock } from '../base/index.ts';
import { openLayoutRoot, type RegistryStorage } from '../content/index.ts';
import type { Gate } from './auth/gate.ts';
import { openGate } from './auth/open-gate.ts';
import { startCollector } from './collect-garbage.ts';
import { PlainHttpError } from './errors.ts';
import { hostName, type HostRule } from './guard.ts';
import { isLoopback, type ListenAddress, parseListenAddress } from './listen-address.ts';
import { type Listener, startListener } from './listener.ts';
import { createServerMetrics, type ServerMetrics } from './metrics/server-metrics.ts';
import { createRegistry, type RegistryHandler } from './registry/index.ts';
import type { Reloadable, ReloadEvents } from './reloadable.ts';
import { createMetricsHandler, createRequestHandler } from './request-handler.ts';
import { lockServedFolder, prepareFolder } from './served-folder.ts';
import type { RunningServer, ServerOptions } from './server-options.ts';
import type { TlsMaterial } from './tls/self-signed.ts';
import { openTls } from './tls/open-tls.ts';
import { trustAdvice } from './tls/trust-advice.ts';

const defaultListen = '127.0.0.1:5000';
const defaultDrainMs = 10_000;
const defaultReloadMs = 5000;

/** No client takes a day from its first blob to the manifest that needs it. */
const defaultGraceMs = 24 * 60 * 60 * 1000;
/** Costs nothing where nothing was pushed or deleted since the last time. */
const collectEveryMs = 60 * 60 * 1000;

/**
 * Starts the server: checks all of its settings, then opens the storage, then listens. When one of
 * these fails, what was opened before it is closed again.
 * @throws PlainHttpError, ListenAddressError, ListenError, HtpasswdError, TokenSettingsError,
 * TokenKeyError, RightsError, TlsMaterialError, TlsFolderError, TlsHostError, ServedFolderError,
 * FolderInUseError, FileAccessError, and what opening the storage throws
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { folder, clock = systemClock, onError } = options;
  const plan = planListeners(options);
  const events = reloadEvents(options);
  const tls = options.tls && (await openTls(options.tls, tlsPlace(options, plan), events));
  const undo: (() => Promise<void>)[] = [];
  const closeAll = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const { gate, files, warnings } = await openGate(options, {
      ...events,
      failed: (e) => onError?.(e),
    });
    undo.push(() => gate.close());
    const mode = options.readOnly === true ? 'read' : 'write';
    await prepareFolder(folder, mode);
    if (mode === 'write') {
      const lock = await lockServedFolder(folder, clock);
      undo.push(() => lock.release());
    }
    const graceMs = options.graceMs ?? defaultGraceMs;
    const storage = await openLayoutRoot(folder, { mode, clock, graceMs });
    undo.push(() => storage.close());
    if (mode === 'write' && graceMs !== Infinity) {
      const collector = startCollector(storage, { clock, everyMs: collectEveryMs, onError });
      undo.push(() => collector.close());
    }
    const registry = openRegistry(storage, gate, options);
    const metrics =
      options.listenMetrics === undefined
        ? undefined
        : createServerMetrics({ folder, clock, openUploads: () => registry.openUploads() });
    if (metrics !== undefined) undo.push(() => metrics.close());

    const listeners: { readonly planned: PlannedListener; readonly listener: Listener }[] = [];
    undo.push(async () => {
      const drainMs = options.drainMs ?? defaultDrainMs;
      await Promise.all(listeners.map(({ listener }) => listener.close(drainMs)));
    });
    for (const planned of plan) {
      const handle = handlerFor(planned, { registry, gate, metrics, options });
      const material = planned.secure ? tls?.get() : undefined;
      const listener = await startListener(planned.address, material, handle);
      listeners.push({ planned, listener });
    }
    const urls = (purpose: PlannedListener['purpose']) =>
      listeners
        .filter(({ planned }) => planned.purpose === purpose)
        .map(({ listener: { url } }) => ({ url }));

    let shown: TlsMaterial | undefined = tls?.get();
    const warned = warnings();
    let known: ReadonlySet<string> = new Set(warned);
    const reload = async () => {
      await Promise.all(files.map((file) => file.check()));
      const now = warnings();
      for (const text of now) if (!known.has(text)) options.onNotice?.({ kind: 'warning', text });
      known = new Set(now);
      await tls?.check();
      const material = tls?.get();
      if (material === undefined || material === shown) return;
      shown = material;
      for (const { planned, listener } of listeners) if (planned.secure) listener.useTls(material);
    };
    const timer = watch(tls === undefined ? files : [...files, tls], reload, options);
    undo.push(() => {
      clearInterval(timer);
      return Promise.resolve();
    });

    let closing: Promise<void> | undefined;
    const advised = shown?.caFile;
    return {
      addresses: urls('registry'),
      metricsAddress: urls('metrics')[0],
      warnings: warned,
      trustAdvice: advised === undefined ? undefined : trustAdvice(advised, shown?.replaced),
      reload,
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
  readonly purpose: 'registry' | 'metrics';
}

function planListeners(options: ServerOptions): readonly PlannedListener[] {
  const secure = options.tls !== undefined;
  const onlyHttp = options.listen === undefined && options.listenHttp !== undefined && !secure;
  const plan: PlannedListener[] = [];
  const add = (text: string, encrypted: boolean, purpose: PlannedListener['purpose']) => {
    const address = parseListenAddress(text);
    if (!encrypted && !isLoopback(address.host)) {
      throw new PlainHttpError(address.host ?? 'all addresses');
    }
    plan.push({ address, secure: encrypted, purpose });
  };
  if (!onlyHttp) add(options.listen ?? defaultListen, secure, 'registry');
  if (options.listenHttp !== undefined) add(options.listenHttp, false, 'registry');
  if (options.listenMetrics !== undefined) {
    const isNear = isLoopback(parseListenAddress(options.listenMetrics).host);
    add(options.listenMetrics, secure && !isNear, 'metrics');
  }
  return plan;
}

/** What a certificate that we make has to name. */
function tlsPlace({ folder, clock, publicUrl }: ServerOptions, plan: readonly PlannedListener[]) {
  const listened = plan.filter(({ secure }) => secure).map(({ address }) => address.host);
  const hosts = listened.map((host) => (isWildcard(host) ? hostname() : host));
  const known = [...hosts, publicHost(publicUrl)].filter((host) => host !== undefined);
  const also = listened.some(isWildcard) ? machineAddresses() : [];
  return { hosts: known, also, servedFolder: folder, clock };
}

/** Machines with many virtual networks have some dozens of addresses, which no client calls them by. */
const maxAddresses = 16;

/** By which other machines may call this one, where it has no name that they know. */
function machineAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const reachable = all.filter(({ address, internal }) => !internal && !/^fe80:/iu.test(address));
  return reachable.map(({ address }) => address).slice(0, maxAddresses);
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

interface Served {
  readonly registry: RegistryHandler;
  readonly gate: Gate;
  readonly metrics: ServerMetrics | undefined;
  readonly options: ServerOptions;
}

function handlerFor({ secure, purpose }: PlannedListener, served: Served) {
  const { registry, gate, metrics, options } = served;
  const hostRule = hostRuleFor(options, secure);
  if (purpose === 'metrics') {
    return createMetricsHandler({ hostRule, options }, () => metrics?.text() ?? '');
  }
  const { onAccess } = options;
  const isHeard = onAccess !== undefined || metrics !== undefined;
  return createRequestHandler(
    {
      hostRule,
      options,
      onAccess: isHeard
        ? (event) => {
            metrics?.note(event);
            onAccess?.(event);
          }
        : undefined,
    },
    { registry, gate },
  );
}

function openRegistry(
  storage: RegistryStorage,
  gate: Gate,
  { readOnly, missingContent, clock, onError }: ServerOptions,
): RegistryHandler {
  return createRegistry(storage, {
    readOnly,
    missingContent,
    clock,
    authorize: (request, access) => gate.may(request, access),
    denied: (request, access) => gate.denied(request, access),
    callerOf: (request) => gate.nameOf(request),
    onError: (error) => onError?.(error),
  });
}

function reloadEvents({ onNotice }: ServerOptions): ReloadEvents {
  return {
    reloaded: (file) => onNotice?.({ kind: 'reloaded', file }),
    kept: (file, error) => onNotice?.({ kind: 'kept', file, error }),
  };
}

/** Asking is cheap and works everywhere; telling of the system fails on network disks and with links. */
function watch(
  files: readonly Reloadable<unknown>[],
  reload: () => Promise<void>,
  { reloadMs = defaultReloadMs }: ServerOptions,
): NodeJS.Timeout | undefined {
  if (files.length === 0) return undefined;
  return setInterval(() => void reload(), reloadMs).unref();
}
