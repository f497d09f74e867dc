import { isIPv6 } from 'node:net';
import type { Clock } from '../../base/index.ts';

/** A person who mistypes a few times never meets this; a guesser gets 14,400 tries a day. */
const burst = 10;
const refillMs = 6000;

/** Addresses remembered; the one heard of longest ago is forgotten first. */
const maxAddresses = 10_000;

interface Bucket {
  readonly tokens: number;
  readonly at: number;
}

/**
 * Limits password attempts per remote address. An attempt takes a token before it is judged, so that
 * a thousand attempts at once are no way around it, and gets it back when the password was right.
 */
export class AttemptLimiter {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** 0 when the attempt may be made; else the milliseconds until the next one may. */
  take(address: string): number {
    const key = networkOf(address);
    const tokens = this.#tokens(key);
    if (tokens < 1) return Math.ceil((1 - tokens) * refillMs);
    this.#set(key, tokens - 1);
    return 0;
  }

  giveBack(address: string): void {
    const key = networkOf(address);
    this.#set(key, this.#tokens(key) + 1);
  }

  #tokens(key: string): number {
    const bucket = this.#buckets.get(key);
    if (bucket === undefined) return burst;
    const gained = Math.max(0, this.#clock.now() - bucket.at) / refillMs;
    return Math.min(burst, bucket.tokens + gained);
  }

  #set(key: string, tokens: number): void {
    this.#buckets.delete(key);
    if (tokens >= burst) return;
    this.#buckets.set(key, { tokens, at: this.#clock.now() });
    if (this.#buckets.size <= maxAddresses) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}

/** One IPv4 address; for IPv6 its /64, which is what one customer is given. */
export function networkOf(address: string): string {
  const plain = address.replace(/%.*$/u, '').toLowerCase();
  const mapped = /^::ffff:([0-9.]+)$/u.exec(plain);
  if (mapped?.[1] !== undefined) return mapped[1];
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  const prefix = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${prefix.join(':')}::/64`;
}
