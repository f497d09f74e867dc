import { printable } from '../base/index.ts';
import { canonicalJson, isJsonObject } from './json.ts';

interface WireErrorKind {
  /** The HTTP status a registry answers with, where nothing more special applies. */
  readonly status: number;
  readonly message: string;
}

/** @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes */
export const wireErrors = {
  BLOB_UNKNOWN: { status: 404, message: 'blob unknown to registry' },
  BLOB_UPLOAD_INVALID: { status: 400, message: 'blob upload invalid' },
  BLOB_UPLOAD_UNKNOWN: { status: 404, message: 'blob upload unknown to registry' },
  DIGEST_INVALID: { status: 400, message: 'provided digest did not match uploaded content' },
  MANIFEST_BLOB_UNKNOWN: {
    status: 404,
    message: 'manifest references a manifest or blob unknown to registry',
  },
  MANIFEST_INVALID: { status: 400, message: 'manifest invalid' },
  MANIFEST_UNKNOWN: { status: 404, message: 'manifest unknown to registry' },
  NAME_INVALID: { status: 400, message: 'invalid repository name' },
  NAME_UNKNOWN: { status: 404, message: 'repository name not known to registry' },
  SIZE_INVALID: { status: 400, message: 'provided length did not match content length' },
  UNAUTHORIZED: { status: 401, message: 'authentication required' },
  DENIED: { status: 403, message: 'requested access to the resource is denied' },
  UNSUPPORTED: { status: 405, message: 'the operation is unsupported' },
  TOOMANYREQUESTS: { status: 429, message: 'too many requests' },
} as const satisfies Readonly<Record<string, WireErrorKind>>;

export type WireErrorCode = keyof typeof wireErrors;

/** One entry of a registry's error body; of a remote one, every text is cut and fit to print. */
export interface WireError {
  /** One of the catalogue, or whatever a registry made up. */
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** A registry that has more to say than this says it to nobody. */
const maxErrors = 10;

export function isWireErrorCode(code: string): code is WireErrorCode {
  return Object.hasOwn(wireErrors, code);
}

/** The catalogue's entry as one error, with our own message where there is one. */
export function wireError(code: WireErrorCode, message?: string, detail?: unknown): WireError {
  return {
    code,
    message: message ?? wireErrors[code].message,
    ...(detail === undefined ? {} : { detail }),
  };
}

/** The JSON body of an error answer. */
export function formatWireErrors(errors: readonly WireError[]): Buffer {
  return canonicalJson({
    errors: errors.map(({ code, message, detail }) => ({ code, message, detail })),
  });
}

/**
 * What a registry's error body says, at most 10 errors. Never throws: proxies answer with HTML, and an
 * error that can not be read is no reason to hide the one that happened. The caller bounds the bytes.
 */
export function parseWireErrors(bytes: Uint8Array): readonly WireError[] {
  let body: unknown;
  try {
    body = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch {
    // Not JSON: there is nothing to say about it but the status, which the caller has.
    return [];
  }
  if (!isJsonObject(body) || !Array.isArray(body['errors'])) return [];
  return body['errors'].slice(0, maxErrors).flatMap((entry) => {
    if (!isJsonObject(entry)) return [];
    const { code, message, detail } = entry;
    const shown = describeDetail(detail);
    return [
      {
        code: typeof code === 'string' ? printable(code, 100) : 'UNKNOWN',
        message: typeof message === 'string' ? printable(message, 500) : '',
        ...(shown === '' ? {} : { detail: shown }),
      },
    ];
  });
}

function describeDetail(detail: unknown): string {
  if (detail === undefined || detail === null) return '';
  if (typeof detail === 'string') return printable(detail, 500);
  try {
    return printable(JSON.stringify(detail), 500);
  } catch {
    // Nested too deep to be written again, so nobody wants to read it either.
    return '';
  }
}
