import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isTofuOciError } from '../base/index.ts';
import { parseHostname } from '../domain/index.ts';
import type { ReleaseTrust } from '../release/index.ts';
import type { Caller } from './auth/caller.ts';
import type { Gate } from './auth/gate.ts';
import { createFolderShelf } from './folder-shelf.ts';
import {
  createGateway,
  createHmacUrls,
  type Gateway,
  type GatewayAdmission,
  type ProviderShelf,
} from './gateway/index.ts';
import { createPages } from './web/index.ts';
import type { OpenRegistry } from './open-registry.ts';
import { createReadiness, type Readiness } from './readiness.ts';
import type { RegistryHandler } from './registry/index.ts';
import type { GatewaySettings, ServerOptions } from './server-options.ts';

const { R_OK, W_OK } = constants;

/** A part of the server that answers certain paths. */
export interface Face {
  serves(path: string): boolean;
  /** Answers one request, and never rejects. */
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** What stands behind a listener. */
export interface Faces {
  readonly gate: Gate;
  readonly registry: RegistryHandler | undefined;
  readonly gateway: Gateway | undefined;
  readonly pages: Face | undefined;
  readonly readiness: Readiness;
}

export interface FaceParts {
  readonly gate: Gate;
  readonly opened: OpenRegistry | undefined;
  readonly trust: () => ReleaseTrust;
}

export function createFaces(options: ServerOptions, { gate, opened, trust }: FaceParts): Faces {
  const { clock, gateway: settings, onError } = options;
  const shelf = settings && shelfFor(settings, opened, options);
  const { signer } = settings ?? {};
  const gateway =
    settings && shelf
      ? createGateway({
          shelf,
          trust,
          signer: signer && (() => Promise.resolve(signer)),
          trustAllHashes: settings.trustAllHashes,
          ownHost: ownHost(options),
          admit: (request) => admit(gate, request),
          mayStillRead: (principal, path, request) => {
            const caller = callerIn(principal);
            gate.note(request, caller);
            return mayStillRead(gate, caller, path);
          },
          packageUrls: gate.hasLogin
            ? createHmacUrls({ secret: settings.urlSecret, clock })
            : undefined,
          clock,
          onError,
        })
      : undefined;
  const check = async (): Promise<void> => {
    if (opened !== undefined) await access(opened.folder, options.readOnly ? R_OK : R_OK | W_OK);
    await gateway?.check();
  };
  const readiness = createReadiness({ check, clock, onError });
  const pages =
    shelf && gateway
      ? createPages({
          catalog: gateway.catalog,
          shelf,
          admit: (request) => admit(gate, request),
          hasLogin: gate.hasLogin,
          publicUrl: options.publicUrl?.replace(/\/+$/u, ''),
          repositoryTemplate: repositoryTemplate(options),
          clock,
          onError,
        })
      : undefined;
  return { gate, registry: opened?.registry, gateway, pages, readiness };
}

function shelfFor(
  { source }: GatewaySettings,
  opened: OpenRegistry | undefined,
  { clock }: ServerOptions,
): ProviderShelf | undefined {
  if (source.kind === 'shelf') return source.shelf;
  if (opened === undefined) return undefined;
  const { host, template } = source;
  const name = `${opened.folder}/${template.text}`;
  return createFolderShelf(opened.storage, { template, host, name, clock });
}

/** Where OpenTofu finds the repositories of the served folder: by the public name, or not at all. */
function repositoryTemplate({ gateway, publicUrl }: ServerOptions): string | undefined {
  if (publicUrl === undefined || gateway?.source.kind !== 'folder') return undefined;
  const { text } = gateway.source.template;
  return `${new URL(publicUrl).host}/${text.replaceAll(/\$?\{/gu, '${')}`;
}

/** What clients call this gateway in addresses of providers; an address of IPv6 can not be in one. */
function ownHost({ publicUrl }: ServerOptions): string | undefined {
  if (publicUrl === undefined) return undefined;
  try {
    return parseHostname(new URL(publicUrl).host);
  } catch (error) {
    if (isTofuOciError(error)) return undefined;
    throw error;
  }
}

async function admit(gate: Gate, request: IncomingMessage): Promise<GatewayAdmission> {
  const admission = await gate.identify(request);
  if (admission.kind === 'refused') return admission;
  const { caller } = admission;
  return {
    kind: 'caller',
    caller: {
      principal: principalOf(caller),
      mayRead: (path) => gate.mayRead(caller, path),
      unreadable: gate.unreadable(caller),
    },
  };
}

/** Whose URLs those are that a caller is given; undefined where the caller needs no login. */
function principalOf(caller: Caller): string | undefined {
  switch (caller.kind) {
    case 'anonymous':
      return undefined;
    case 'user':
      return `user:${caller.name}`;
    case 'token':
      return `token:${caller.name ?? ''}`;
  }
}

/** Rights may be taken away while a URL is good; of tokens only what they said when it was made is known. */
function mayStillRead(gate: Gate, caller: Caller, path: string): boolean {
  return caller.kind !== 'user' || gate.couldRead(caller.name, path);
}

/** Whom a URL was made for, with no other right than to fetch what it is for. */
function callerIn(principal: string): Caller {
  const colon = principal.indexOf(':');
  const [kind, name] = [principal.slice(0, colon), principal.slice(colon + 1)];
  return kind === 'user' ? { kind, name } : { kind: 'token', name, access: [] };
}
