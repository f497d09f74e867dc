import * as v from 'valibot';
import { type CallOptions, printable, quoted, readBounded } from '../base/index.ts';
import type { HttpResponse } from '../http/index.ts';
import { InvalidDocumentError } from './errors.ts';

/** Bytes of the documents that registries and mirrors answer with. */
export const documentLimits = {
  /** What OpenTofu takes; real ones have some hundred bytes. */
  discoveryBytes: 1024 * 1024,
  /** All versions with all platforms. The longest known, of a provider with 700 versions, has 2 MB. */
  versionsBytes: 16 * 1024 * 1024,
  /** One package, with its signing keys and the hashes of all platforms: 5 to 100 KB. */
  packageBytes: 4 * 1024 * 1024,
  /** A line has 130 bytes, and a release some tens of files. */
  sumsBytes: 1024 * 1024,
  /** One signature has 100 to 600 bytes. */
  signatureBytes: 64 * 1024,
  /** A provider that releases every day for a century. */
  versions: 40_000,
  /** Plugin protocols of one version; there have been three in all. */
  protocols: 64,
  /** Signing keys, as src/signatures takes them together. */
  keys: 32,
  /** Operating systems times architectures; Go has 50. */
  platforms: 256,
  /** Hashes of one package. */
  hashes: 256,
  /** What a registry says to the user. */
  warnings: 32,
} as const;

/**
 * Reads an answer as JSON of a known shape. Fields that the schema does not name are left out.
 * @throws InvalidDocumentError when it is no JSON, or of another shape
 * @throws LimitExceededError above `maxBytes`
 */
export async function readDocument<T>(
  response: HttpResponse,
  schema: v.GenericSchema<unknown, T>,
  options: CallOptions & { readonly maxBytes: number; readonly what: string },
): Promise<T> {
  const bytes = await readBounded(response.body, options);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString());
  } catch (cause) {
    throw new InvalidDocumentError(`${options.what} is not JSON: ${reasonOf(cause)}`, { cause });
  }
  if (Array.isArray(value)) {
    throw new InvalidDocumentError(`${options.what} is a list, not a JSON object`);
  }
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = printable(v.getDotPath(issue) ?? '', 200);
  throw new InvalidDocumentError(
    `${options.what}${where === '' ? '' : `, at ${where}`}: ${printable(issue.message, 300)}`,
  );
}

/** One line about what a parser threw; it can quote the input. */
export function reasonOf(cause: unknown): string {
  return printable(cause instanceof Error ? cause.message : String(cause), 300);
}

/** As Go's `%q` shows what a remote party said. */
export function shown(text: string): string {
  return quoted(printable(text, 200));
}

/** The media type of an answer, without parameters; undefined when it has none that can be read. */
export function mediaTypeOf({ headers }: HttpResponse): string | undefined {
  const [type = ''] = (headers.get('content-type') ?? '').split(';', 1);
  const plain = type.trim().toLowerCase();
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/u.test(plain) ? plain : undefined;
}
