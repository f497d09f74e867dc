import { systemClock } from '../base/index.ts';
import { openGate } from './auth/open-gate.ts';
import { createFaces, type Faces } from './faces.ts';
import { type Listener, startListener } from './listener.ts';
import { createServerMetrics, type ServerMetrics } from './metrics/server-metrics.ts';
import { openRegistry } from './open-registry.ts';
import { hostRuleFor, type PlannedListener, planListeners, tlsPlace } from './plan-listeners.ts';
import type { Reloadable, ReloadEvents } from './reloadable.ts';
import { createMetricsHandler, createRequestHandler } from './request-handler.ts';
import type { RunningServer, ServerOptions } from './server-options.ts';
import type { TlsMaterial } from './tls/self-signed.ts';
import { openTrust } from './open-trust.ts';
import { openTls } from './tls/open-tls.ts';
import { trustAdvice } from './tls/trust-advice.ts';

const defaultDrainMs = 10_000;
const defaultReloadMs = 5000;

/**
 * Starts the server: checks all of its settings, then opens the storage, then listens. When one of
 * these fails, what was opened before it is closed again.
 * @throws PlainHttpError, ListenAddressError, ListenError, HtpasswdError, TokenSettingsError,
 * TokenKeyError, RightsError, TlsMaterialError, TlsFolderError, TlsHostError, ServedFolderError,
 * FolderInUseError, TrustPolicyError, FileAccessError, and what opening the storage throws
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
    const {
      gate,
      files: gateFiles,
      warnings,
    } = await openGate(options, {
      ...events,
      failed: (e) => onError?.(e),
    });
    undo.push(() => gate.close());
    const { files: trustFiles, trust } = await openTrust(options.gateway?.trust ?? {}, {
      clock,
      events,
    });
    const files = [...gateFiles, ...trustFiles];
    const opened =
      folder === undefined ? undefined : await openRegistry(folder, gate, { options, undo });
    const faces = createFaces(options, { gate, opened, trust });
    const openUploads = () => opened?.registry.openUploads() ?? 0;
    const metrics =
      options.listenMetrics === undefined
        ? undefined
        : createServerMetrics({ folder, clock, openUploads });
    if (metrics !== undefined) undo.push(() => metrics.close());

    const listeners: { readonly planned: PlannedListener; readonly listener: Listener }[] = [];
    undo.push(async () => {
      const drainMs = options.drainMs ?? defaultDrainMs;
      faces.readiness.stop();
      await Promise.all(listeners.map(({ listener }) => listener.close(drainMs)));
    });
    for (const planned of plan) {
      const handle = handlerFor(planned, { faces, metrics, options });
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
      addresses: urls('faces'),
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

interface Served {
  readonly faces: Faces;
  readonly metrics: ServerMetrics | undefined;
  readonly options: ServerOptions;
}

function handlerFor({ secure, purpose }: PlannedListener, { faces, metrics, options }: Served) {
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
    faces,
  );
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
