import { type Digest, isDigest, isTag } from '../../spec/index.ts';
import type { Answer } from '../answers/index.ts';
import { invalidDigest } from './blobs.ts';
import { refuse } from './refusal.ts';

/** A text with a colon is never a tag: a digest of an unknown kind must not become one. */
export type Reference =
  | { readonly kind: 'tag'; readonly tag: string }
  | { readonly kind: 'digest'; readonly digest: Digest };

export function parseReference(text: string): Reference | undefined {
  if (isDigest(text)) return { kind: 'digest', digest: text };
  return isTag(text) ? { kind: 'tag', tag: text } : undefined;
}

export function invalidReference(text: string): Answer {
  if (text.includes(':')) return invalidDigest(text);
  return refuse(400, { code: 'MANIFEST_INVALID', message: `"${text}" is not a tag` });
}
