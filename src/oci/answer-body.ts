import type { Readable } from 'node:stream';
import {
  type CallOptions,
  LimitExceededError,
  printable,
  readBounded,
  redactUrl,
} from '../base/index.ts';
import type { HttpResponse } from '../http/index.ts';
import { parseWireErrors } from '../spec/index.ts';
import { InvalidAnswerError, type RegistryAnswer } from './errors.ts';

/** Enough for any error a registry has to tell; pages of proxies are cut. */
const maxErrorBytes = 64 * 1024;

/** The first bytes of a body, at most `maxBytes`; the rest is dropped. A broken body gives what came. */
async function readStart(body: Readable, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, maxBytes - size));
      size += chunk.byteLength;
      if (size >= maxBytes) break;
    }
  } catch {
    // The status is the news; a body that breaks off must not hide it.
  }
  return Buffer.concat(chunks);
}

/** Reads what an unwelcome answer says. */
export async function readAnswer(method: string, response: HttpResponse): Promise<RegistryAnswer> {
  const bytes = await readStart(response.body, maxErrorBytes);
  const errors = parseWireErrors(bytes);
  const type = response.headers.get('content-type') ?? '';
  const isText = /^text\/plain\b/iu.test(type) || type === '';
  return {
    method,
    url: redactUrl(response.url),
    status: response.status,
    errors,
    text: errors.length === 0 && isText ? printable(bytes.toString().trim(), 500) : '',
  };
}

/**
 * Reads an answer that should be one JSON object.
 * @throws InvalidAnswerError when it is not, or is larger than `maxBytes`.
 */
export async function readJson(
  response: HttpResponse,
  maxBytes: number,
  options: CallOptions,
): Promise<Readonly<Record<string, unknown>>> {
  const url = redactUrl(response.url);
  try {
    const bytes = await readBounded(response.body, { maxBytes, what: 'the answer', ...options });
    const value: unknown = JSON.parse(bytes.toString());
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return Object.fromEntries(Object.entries(value));
    }
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new InvalidAnswerError(url, 'it is not JSON', { cause: error });
    if (error instanceof LimitExceededError) {
      throw new InvalidAnswerError(url, `it is larger than ${maxBytes} bytes`, { cause: error });
    }
    throw error;
  }
  throw new InvalidAnswerError(url, 'it is not a JSON object');
}
