import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { matchInOutput } from './child-lines.ts';
import { findPeer } from './peers.ts';

/** Why Debian's docker-registry can not be run here; undefined when it can. */
export function whyNoDockerRegistry(): string | undefined {
  const { path, reason } = findPeer('docker-registry');
  return path === undefined ? reason : undefined;
}

export interface DockerRegistry {
  /** `127.0.0.1:PORT`; plain HTTP unless there is a certificate. */
  readonly host: string;
  /** The folder it stores in. */
  readonly folder: string;
  stop(): Promise<void>;
}

export interface DockerRegistryOptions {
  /** In PEM. With an authority for clients it takes those with a certificate of it only. */
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** Whether it deletes, which it does not by itself. Default true. */
  readonly deletes?: boolean;
  /** Where its users get tokens, and the certificate, in PEM, of the key that signs these. Default: open to all. */
  readonly tokens?: {
    readonly realm: string;
    readonly service: string;
    readonly issuer: string;
    readonly certificate: string;
  };
}

/** Starts a docker-registry with an empty store, on a port of its own choice. */
export async function startDockerRegistry({
  deletes = true,
  tls,
  tokens,
}: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'tofu-oci-docker-registry-'));
  const config = join(folder, 'config.yml');
  const [certificate, key] = [join(folder, 'server.crt'), join(folder, 'server.key')];
  const clientcas = tls?.clientCa === undefined ? [] : [join(folder, 'clients.crt')];
  if (tls !== undefined) {
    writeFileSync(certificate, tls.cert);
    writeFileSync(key, tls.key, { mode: 0o600 });
    for (const file of clientcas) writeFileSync(file, tls.clientCa ?? '');
  }
  const bundle = join(folder, 'tokens.crt');
  if (tokens !== undefined) writeFileSync(bundle, tokens.certificate);
  writeFileSync(
    config,
    JSON.stringify({
      version: 0.1,
      log: { level: 'info', formatter: 'json' },
      storage: {
        filesystem: { rootdirectory: join(folder, 'store') },
        delete: { enabled: deletes },
      },
      ...(tokens === undefined
        ? {}
        : { auth: { token: { ...tokens, certificate: undefined, rootcertbundle: bundle } } }),
      http: {
        addr: '127.0.0.1:0',
        ...(tls === undefined ? {} : { tls: { certificate, key, clientcas } }),
      },
    }),
  );
  const child = spawn('docker-registry', ['serve', config], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
  });
  const host = await matchInOutput(child, /listening on (127\.0\.0\.1:\d+)/u);
  return {
    host,
    folder,
    stop: async () => {
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
