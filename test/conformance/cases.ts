import { expect } from 'vitest';
import type { TestAnswer } from '../support/http-request.ts';
import type { Registry } from './registry.ts';

/**
 * Where a case's expectation stands: `v1.1.1` and `967efdc` (the spec's main branch at that commit) are
 * https://github.com/opencontainers/distribution-spec/blob/VERSION/spec.md, by endpoint or by heading;
 * `ours` is a promise of this server where the specification leaves the choice to it.
 */
export type Clause = `${'v1.1.1' | '967efdc' | 'RFC 9110' | 'ours'} ${string}`;

/** What a registry answers about content that is there; also true when nothing can be written. */
export interface ReadCase {
  readonly clause: Clause;
  readonly name: string;
  /** Puts the content there, and says what to check of it; the checks only read. */
  readonly prepare: (writer: Registry) => Promise<Check>;
}

export type Check = (reader: Registry) => Promise<void>;

/** What a registry does when something is pushed or deleted. */
export interface WriteCase {
  readonly clause: Clause;
  readonly name: string;
  readonly run: Check;
}

export interface Group<Case> {
  readonly title: string;
  readonly cases: readonly Case[];
}

/** The answer is a refusal with this status and this as its first error code. */
export function expectRefusal(answer: TestAnswer, status: number, code: string): void {
  expect([answer.status, firstCode(answer)]).toEqual([status, code]);
}

export function firstCode({ body }: TestAnswer): string | undefined {
  if (body.length === 0) return undefined;
  const { errors } = JSON.parse(body.toString()) as { errors: readonly { code: string }[] };
  return errors[0]?.code;
}

/** Bytes that no other test has and that do not compress; the same for the same seed. */
export function bytesOf(length: number, seed: string): Buffer {
  const bytes = Buffer.alloc(length);
  let state = 2166136261;
  for (const char of seed) state = Math.imul(state ^ (char.codePointAt(0) ?? 0), 16777619);
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** Content that many cases only read: made once for each registry. */
export function oncePerRegistry<T>(
  make: (writer: Registry) => Promise<T>,
): (writer: Registry) => Promise<T> {
  const made = new WeakMap<Registry, Promise<T>>();
  return (writer) => {
    const known = made.get(writer) ?? make(writer);
    made.set(writer, known);
    return known;
  };
}
