import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { type ServerOptions, startServer } from '../../src/server/index.ts';
import { makeTestCertificate } from '../support/test-certificate.ts';
import { type Login, openRegistry, type Registry, type RegistryPlace } from './registry.ts';

/** One way in which the server is run. */
export interface Setup {
  readonly name: string;
  /** Clients may not write: what they read was put there by another server before. */
  readonly isReadOnly: boolean;
  /** What the server needs, in a folder of its own. */
  readonly prepare: (folder: string) => Promise<Prepared>;
}

export interface Prepared {
  readonly options?: Partial<ServerOptions>;
  readonly place?: Omit<RegistryPlace, 'url'>;
  readonly close?: () => Promise<void>;
}

/** A server that runs, and a client for it. */
export interface Running {
  readonly registry: Registry;
  /** A second server of the same kind that takes manifests whose content is missing. */
  readonly tolerant: Registry;
  close(): Promise<void>;
}

/** What a setup has made for itself, and how to begin and begin again. */
export interface Stage {
  start(options?: Partial<ServerOptions>): Promise<Running>;
  close(): Promise<void>;
}

export async function openStage({ prepare }: Setup): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'tofu-oci-conformance-'));
  const { options = {}, place = {}, close } = await prepare(folder);
  const startOne = async (name: string, more: Partial<ServerOptions>) => {
    const own = { folder: join(folder, name), listen: '127.0.0.1:0', ...options, ...more };
    const server = await startServer(own);
    const registry = openRegistry({ url: server.addresses[0]?.url ?? '', ...place }, name);
    return { registry, server };
  };
  return {
    start: async (more = {}) => {
      const strict = await startOne('strict', more);
      const tolerant = await startOne('tolerant', { ...more, missingContent: 'accept' });
      return {
        registry: strict.registry,
        tolerant: tolerant.registry,
        close: async () => {
          for (const { registry, server } of [strict, tolerant]) {
            registry.close();
            await server.close();
          }
        },
      };
    },
    close: async () => {
      await close?.();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const anonymous: Setup = {
  name: 'anonymous over plain HTTP',
  isReadOnly: false,
  prepare: () => Promise.resolve({}),
};

export const user = { name: 'ann', password: 'correct horse: battery' } as const;

export function basicLogin(name: string, password: string): Login {
  const encoded = Buffer.from(`${name}:${password}`).toString('base64');
  return { authorization: () => Promise.resolve(`Basic ${encoded}`) };
}

export const basic: Setup = {
  name: 'Basic',
  isReadOnly: false,
  prepare: async (folder) => {
    const htpasswdFile = join(folder, 'users');
    await writeFile(htpasswdFile, `${user.name}:${await hash(user.password, 4)}\n`);
    return {
      options: { htpasswdFile },
      place: { login: basicLogin(user.name, user.password) },
    };
  },
};

export const tls: Setup = {
  name: 'TLS',
  isReadOnly: false,
  prepare: async (folder) => {
    const { ca, cert, key } = await makeTestCertificate();
    const [certFile, keyFile] = [join(folder, 'server.crt'), join(folder, 'server.key')];
    await writeFile(certFile, cert);
    await writeFile(keyFile, key, { mode: 0o600 });
    return { options: { tls: { kind: 'files', certFile, keyFile } }, place: { ca } };
  },
};

export const readOnly: Setup = {
  name: 'read-only',
  isReadOnly: true,
  prepare: () => Promise.resolve({}),
};
