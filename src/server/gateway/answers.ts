import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { printable } from '../../base/index.ts';
import { type Answer, jsonAnswer } from '../answers/index.ts';

/** A refusal as the registry protocol writes it. */
export function gatewayError(
  status: number,
  message: string,
  headers: Answer['headers'] = {},
): Answer {
  return jsonAnswer(
    status,
    { errors: [printable(message)] },
    { 'Cache-Control': 'no-store', ...headers },
  );
}

/** A document that was written once, and is sent as often as somebody asks. */
export interface RenderedDocument {
  readonly body: Buffer;
  readonly etag: string;
}

export function renderDocument(document: object): RenderedDocument {
  const body = Buffer.from(JSON.stringify(document));
  const hash = createHash('sha256').update(body).digest('base64url');
  return { body, etag: `"${hash}"` };
}

/** The same for everybody who may read it; clients ask again, and are told that it did not change. */
export function documentAnswer(
  { headers }: IncomingMessage,
  { body, etag }: RenderedDocument,
): Answer {
  const common = { 'Cache-Control': 'no-cache', ETag: etag, Vary: 'Authorization' };
  const held = (headers['if-none-match'] ?? '').split(',').map((one) => one.trim());
  const isHeld = held.some((one) => one === '*' || one.replace(/^W\//u, '') === etag);
  if (isHeld) return { status: 304, headers: common };
  return { status: 200, headers: { ...common, 'Content-Type': 'application/json' }, body };
}

/** For one caller, and for some minutes: its URLs are. */
export function privateDocument(document: object): Answer {
  return jsonAnswer(200, document, { 'Cache-Control': 'private, no-store' });
}
