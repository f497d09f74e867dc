import type { Diagnostic, SourceRange } from '../base/index.ts';
import {
  InvalidPatternError,
  parseProviderPattern,
  type ProviderPattern,
} from '../domain/index.ts';
import { type Attribute, type Block, type Expression, staticString } from '../hcl/index.ts';
import { placeOf } from './errors.ts';
import type { TrustRule } from './trust-policy.ts';

/** Each key costs a comparison for each signature; nobody rotates through as many. */
const maxKeys = 100;

const unsignedWords = ['accept', 'reject'] as const;
const expiredWords = ['accept', 'warn', 'reject'] as const;

interface RuleContext {
  readonly filename: string;
  readonly problems: Diagnostic[];
}

/**
 * One `provider "PATTERN" { keys = […], unsigned = …, expired_keys = … }`.
 * @returns undefined when something is wrong with it, which `problems` then tells
 */
export function readTrustRule(block: Block, context: RuleContext): TrustRule | undefined {
  const { filename, problems } = context;
  const before = problems.length;
  const add = (summary: string, detail: string, range: SourceRange): void => {
    problems.push({ severity: 'error', summary, detail, range });
  };
  const pattern = readPattern(block, add);
  const arguments_ = new Map(block.body.attributes.map((each) => [each.name, each]));
  for (const { name, nameRange } of block.body.attributes) {
    if (['keys', 'unsigned', 'expired_keys'].includes(name)) continue;
    const detail = `An argument named "${name}" is not expected. There are keys, unsigned and expired_keys.`;
    add('Unsupported argument', detail, nameRange);
  }
  for (const { type, typeRange } of block.body.blocks) {
    add('Unsupported block', `Blocks of type "${type}" are not expected here.`, typeRange);
  }
  const keys = readKeys(arguments_.get('keys'), block, add);
  const unsigned = readWord(arguments_.get('unsigned'), unsignedWords, add) ?? 'reject';
  const expiredKeys = readWord(arguments_.get('expired_keys'), expiredWords, add) ?? 'warn';
  if (problems.length > before || pattern === undefined) return undefined;
  return { pattern, keys, unsigned, expiredKeys, place: placeOf(block.range, filename) };
}

type Add = (summary: string, detail: string, range: SourceRange) => void;

function readPattern({ headerRange, labels }: Block, add: Add): ProviderPattern | undefined {
  const [label] = labels;
  if (label === undefined || labels.length > 1) {
    const detail = `A "provider" block has one label, the pattern; this has ${labels.length}.`;
    add('Wrong number of labels', detail, headerRange);
    return undefined;
  }
  try {
    return parseProviderPattern(label.value);
  } catch (error) {
    if (!(error instanceof InvalidPatternError)) throw error;
    add('Invalid pattern', `${error.message}.`, label.range);
    return undefined;
  }
}

function readKeys(argument: Attribute | undefined, block: Block, add: Add): readonly string[] {
  const purpose =
    'A rule names at least one key: the full fingerprint of each primary key that may sign.';
  if (argument === undefined) {
    add('No keys', `The argument "keys" is missing. ${purpose}`, block.headerRange);
    return [];
  }
  const { expression } = argument;
  if (expression.kind !== 'tuple') {
    add('Invalid keys', `"keys" is a list of fingerprints in quotes. ${purpose}`, expression.range);
    return [];
  }
  if (expression.items.length === 0)
    add('No keys', `"keys" is empty. ${purpose}`, expression.range);
  if (expression.items.length > maxKeys) {
    add('Too many keys', `"keys" holds more than ${maxKeys}.`, expression.range);
    return [];
  }
  const keys = expression.items.flatMap((item) => readFingerprint(item, add) ?? []);
  return [...new Set(keys)];
}

function readFingerprint(item: Expression, add: Add): string | undefined {
  const text = staticString(item);
  if (text === undefined) {
    add('Invalid key', 'A key is a fingerprint in quotes, without variables.', item.range);
    return undefined;
  }
  if (/^(?:[0-9A-Fa-f]{40}|[0-9A-Fa-f]{64})$/u.test(text)) return text.toUpperCase();
  const digits = text.replaceAll(/\s|:|^0x/gu, '');
  const isHex = /^[0-9A-Fa-f]+$/u.test(digits);
  const detail =
    isHex && digits.length < 40
      ? `This is a key ID or a part of a fingerprint, ${digits.length} digits, which somebody else's key can share. Needed is the full fingerprint of the primary key, 40 or 64 hex digits.`
      : isHex && (digits.length === 40 || digits.length === 64)
        ? 'Write the fingerprint without blanks, colons or "0x".'
        : 'Needed is the full fingerprint of the primary key, 40 or 64 hex digits.';
  add('Invalid key', `${detail} "gpg --show-keys FILE" prints it.`, item.range);
  return undefined;
}

function readWord<T extends string>(
  argument: Attribute | undefined,
  words: readonly T[],
  add: Add,
): T | undefined {
  if (argument === undefined) return undefined;
  const text = staticString(argument.expression);
  const word = words.find((each) => each === text);
  if (word === undefined) {
    const expected = words.map((each) => `"${each}"`).join(' or ');
    const detail = `"${argument.name}" is ${expected}.`;
    add(`Invalid ${argument.name}`, detail, argument.expression.range);
  }
  return word;
}
