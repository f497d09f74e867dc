import { type FaultyAnswer, flipped, gzipped, type Fault } from '../support/fault-relay.ts';

/** What can become of one exchange with a registry. */
export interface NamedFault {
  readonly name: string;
  readonly fault: Fault;
  /**
   * `passing`: a client that tries again when it happens once gets what it wants. `lie`: what it is told is a plausible
   * answer, and it may believe it. Otherwise it may fail even when it happens once.
   */
  readonly nature?: 'passing' | 'lie';
}

const text = (status: number, body: string, headers: FaultyAnswer['headers'] = {}): Fault => ({
  kind: 'instead',
  answer: {
    status,
    body: Buffer.from(body),
    headers: { 'content-type': 'text/plain', ...headers },
  },
});
const page = '<!doctype html><title>Sign in</title><h1>Your session has expired</h1>';
const html = (status: number): Fault => text(status, page, { 'content-type': 'text/html' });
const changed = (of: (answer: FaultyAnswer) => FaultyAnswer): Fault => ({ kind: 'answer', of });
const withHeaders = (headers: FaultyAnswer['headers']): Fault =>
  changed((answer) => ({ ...answer, headers: { ...answer.headers, ...headers } }));

export const networkFaults: readonly NamedFault[] = [
  { name: 'no answer', fault: { kind: 'drop' }, nature: 'passing' },
  { name: 'a reset', fault: { kind: 'reset' }, nature: 'passing' },
  { name: 'a cut after the header', fault: { kind: 'cut', at: 0 }, nature: 'passing' },
  { name: 'a cut in the middle', fault: { kind: 'cut', at: 0.5 }, nature: 'passing' },
  { name: 'a cut near the end', fault: { kind: 'cut', at: 0.97 }, nature: 'passing' },
  { name: 'a length that is too long', fault: { kind: 'wrong-length', by: 10 } },
  { name: 'a length that is too short', fault: { kind: 'wrong-length', by: -10 } },
  { name: 'gzip nobody asked for', fault: changed(gzipped) },
  { name: 'changed bits', fault: changed(flipped) },
  {
    name: 'nothing, and success',
    fault: changed((answer) => ({
      ...answer,
      body: Buffer.alloc(0),
      headers: { ...answer.headers, 'content-length': '0' },
    })),
    nature: 'lie',
  },
  { name: 'status 500', fault: text(500, 'oops'), nature: 'passing' },
  { name: 'status 502', fault: html(502), nature: 'passing' },
  { name: 'status 503', fault: text(503, '', { 'retry-after': '0' }), nature: 'passing' },
  { name: 'status 504', fault: html(504), nature: 'passing' },
  { name: '429 with seconds', fault: text(429, 'slow', { 'retry-after': '0' }), nature: 'passing' },
  {
    name: '429 with a date',
    fault: text(429, 'slow', { 'retry-after': new Date(0).toUTCString() }),
    nature: 'passing',
  },
  {
    name: '429 with nonsense',
    fault: text(429, 'slow', { 'retry-after': 'soon' }),
    nature: 'passing',
  },
  { name: '429 for a year', fault: text(429, 'slow', { 'retry-after': '31536000' }) },
  { name: '401 without a challenge', fault: text(401, '') },
  { name: '401 with an odd challenge', fault: text(401, '', { 'www-authenticate': 'Negotiate' }) },
  {
    name: '403',
    fault: text(403, '{"errors":[{"code":"DENIED"}]}', { 'content-type': 'application/json' }),
  },
  { name: '404', fault: text(404, ''), nature: 'lie' },
  { name: 'a page in place of it', fault: html(200), nature: 'lie' },
  {
    name: 'JSON that is none',
    fault: text(200, '{"tags":[', { 'content-type': 'application/json' }),
    nature: 'lie',
  },
  {
    name: 'a redirect into nothing',
    fault: text(307, '', { location: 'http://127.0.0.1:1/x' }),
    nature: 'lie',
  },
  {
    name: 'a redirect to a secret place',
    fault: text(307, '', { location: 'http://169.254.169.254/x' }),
    nature: 'lie',
  },
  { name: 'a redirect to itself', fault: text(307, '', { location: '?again' }) },
  { name: '60 KB of headers', fault: withHeaders({ 'x-long': 'x'.repeat(60_000) }), nature: 'lie' },
  {
    name: 'a digest of something else',
    fault: withHeaders({ 'docker-content-digest': `sha256:${'0'.repeat(64)}` }),
    nature: 'lie',
  },
  {
    name: 'another type',
    fault: withHeaders({ 'content-type': 'application/vnd.example+json' }),
    nature: 'lie',
  },
];
