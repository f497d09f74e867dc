import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { TargetRepository } from '../../src/content/index.ts';
import { parsePathTemplate, type ProviderAddress, providerKey } from '../../src/domain/index.ts';
import { createFolderShelf } from '../../src/server/index.ts';
import {
  createGateway,
  type Gateway,
  type GatewayOptions,
  type ProviderShelf,
} from '../../src/server/gateway/index.ts';
import { noTrustPolicy, type TrustPolicy } from '../../src/signatures/index.ts';
import { send, type TestAnswer, type TestRequest } from './http-request.ts';
import { temporaryStorage } from './temporary-storage.ts';

/** A gateway that listens on loopback, as it is without the server around it. */
export interface GatewayPlace {
  readonly gateway: Gateway;
  readonly url: string;
  readonly errors: unknown[];
  readonly get: (path: string, request?: TestRequest) => Promise<TestAnswer>;
}

export interface GatewayPlaceOptions extends Partial<Omit<GatewayOptions, 'trust'>> {
  readonly policy?: TrustPolicy | (() => TrustPolicy);
  readonly now?: Date;
}

export async function startGateway(
  shelf: ProviderShelf,
  { now, policy = noTrustPolicy, ...options }: GatewayPlaceOptions = {},
): Promise<GatewayPlace> {
  const errors: unknown[] = [];
  const gateway = createGateway({
    shelf,
    trust: () => ({
      policy: typeof policy === 'function' ? policy() : policy,
      now: now ?? new Date(),
    }),
    onError: (error) => errors.push(error),
    ...options,
  });
  const server = createServer((request, response) => void gateway.handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${String(port)}`;
  return { gateway, url, errors, get: (path, request) => send('GET', url, path, request) };
}

/** A folder of layouts as `serve` has it, and the shelf over it. */
export async function startShelf(): Promise<{
  readonly shelf: ProviderShelf;
  readonly repository: (path: string) => Promise<TargetRepository>;
}> {
  const storage = await temporaryStorage();
  return {
    shelf: createFolderShelf(storage, {
      template: parsePathTemplate('{hostname}/{namespace}/{type}'),
      name: 'a folder',
    }),
    repository: (path) => storage.createRepository(path),
  };
}

/** A shelf of repositories that are not our own, so that everything is fetched and verified. */
export function distantShelf(
  repositories: ReadonlyMap<string, TargetRepository>,
  freshMs = 1000,
): ProviderShelf {
  const found = (provider: ProviderAddress): TargetRepository | undefined =>
    repositories.get(providerKey(provider));
  return {
    name: 'far away',
    freshMs,
    pathFor: providerKey,
    find: (provider) => {
      const repository = found(provider);
      const path = providerKey(provider);
      return Promise.resolve(repository === undefined ? undefined : { path, repository });
    },
    providers: () => Promise.resolve([]),
  };
}
