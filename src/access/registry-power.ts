import type { CallOptions } from '../base/index.ts';
import type { Remover, TargetRepository } from '../content/index.ts';
import type { RepositoryName } from '../spec/index.ts';
import type { LoginChecker } from './login.ts';

/** How a registry asked for authentication. */
export interface SeenChallenge {
  /** `basic`, `bearer`, …, in the order offered. */
  readonly schemes: readonly string[];
  readonly realm: string | undefined;
  readonly service: string | undefined;
  readonly scope: string | undefined;
}

/** What was asked of a token server, and what it gave. */
export interface SeenToken {
  readonly by: 'anonymous' | 'basic' | 'refresh-token';
  readonly asked: readonly string[];
  /** Undefined when the token does not say. */
  readonly granted: readonly string[] | undefined;
}

/** One request of the registry client and what came of it, without any secret. */
export interface SeenExchange {
  readonly method: string;
  readonly url: string;
  readonly answeredBy: string | undefined;
  readonly status: number | undefined;
  /** Why there was no answer. */
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  readonly headerBytes: number | undefined;
  readonly headers: ReadonlyMap<string, string>;
  readonly challenge: SeenChallenge | undefined;
  readonly token: SeenToken | undefined;
  readonly errors: readonly {
    readonly code: string;
    readonly message: string;
    readonly detail?: unknown;
  }[];
  readonly text: string;
}

/** A client of registries that can be watched at its work. */
export interface RegistryPower extends LoginChecker {
  /** Asks for the base of a registry, without credentials. @throws when nobody is there or may not be trusted */
  knock(registry: string, options?: CallOptions): Promise<URL>;
  repository(name: RepositoryName): TargetRepository & Remover;
  /** What was exchanged since the last call. */
  takeSeen(): readonly SeenExchange[];
  close(): void;
}
