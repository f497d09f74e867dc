import type { Hcl1Object, Hcl1Pos, Hcl1Value } from '../hcl/index.ts';
import { at } from './config-problems.ts';

/**
 * An argument without the type that is wanted; never leaves the room. The message is the one of HCL 1's own
 * decoder, which OpenTofu shows, with Go's names of the types.
 */
export class ArgumentProblem extends Error {
  readonly pos: Hcl1Pos;
  constructor(message: string, pos: Hcl1Pos, options: { readonly bare?: boolean } = {}) {
    super(options.bare === true ? message : `At ${at(pos)}: ${message}`);
    this.pos = pos;
  }
}

/** The last argument of that name; HCL 1 does not tell upper from lower case. */
function find(body: Hcl1Object, name: string): Hcl1Value | undefined {
  return body.items.findLast((item) => item.keys[0]?.name.toLowerCase() === name)?.value;
}

/** @throws ArgumentProblem */
export function stringArgument(body: Hcl1Object, name: string): string | undefined {
  const value = find(body, name);
  return value === undefined ? undefined : stringOf(value, `root.${name}`);
}

/** @throws ArgumentProblem */
export function stringsArgument(
  body: Hcl1Object,
  name: string,
  within = 'root',
): readonly string[] | undefined {
  const value = find(body, name);
  if (value === undefined) return undefined;
  if (value.kind === 'object') {
    // To HCL 1 an empty block is an empty list as well.
    const [item] = value.items;
    if (item === undefined) return [];
    const message = `${within}.${name}[0]: unknown type for string *ast.ObjectItem`;
    throw new ArgumentProblem(message, item.pos);
  }
  if (value.kind !== 'list') {
    throw new ArgumentProblem(`unknown slice type: ${goType(value)}`, posOf(value));
  }
  return value.items.map((item, index) => stringOf(item, `${within}.${name}[${index}]`));
}

/** @throws ArgumentProblem */
export function boolArgument(body: Hcl1Object, name: string): boolean | undefined {
  const value = find(body, name);
  if (value === undefined) return undefined;
  if (value.kind === 'bool') return value.value;
  throw new ArgumentProblem(`root.${name}: unknown type ${goType(value)}`, posOf(value));
}

/** @throws ArgumentProblem */
export function integerArgument(body: Hcl1Object, name: string): number | undefined {
  const value = find(body, name);
  if (value === undefined) return undefined;
  if (value.kind === 'string') {
    if (/^[+-]?[0-9]{1,15}$/u.test(value.value)) return Number(value.value);
    throw noInteger(value.value, value.pos);
  }
  if (value.kind === 'number' && !isFloat(value.text) && Number.isNaN(value.value)) {
    throw noInteger(value.text, value.pos);
  }
  if (value.kind === 'number' && !isFloat(value.text) && Number.isSafeInteger(value.value)) {
    return value.value;
  }
  throw new ArgumentProblem(`root.${name}: unknown type ${goType(value)}`, posOf(value));
}

function noInteger(text: string, pos: Hcl1Pos): ArgumentProblem {
  const message = `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`;
  return new ArgumentProblem(message, pos, { bare: true });
}

/** The string that a value stands for: whole numbers may be written bare. @throws ArgumentProblem */
export function stringOf(value: Hcl1Value, name: string): string {
  if (value.kind === 'string') return value.value;
  if (value.kind === 'null') return '';
  if (value.kind === 'number' && !isFloat(value.text)) return value.text;
  throw new ArgumentProblem(`${name}: unknown type for string ${goType(value)}`, posOf(value));
}

function isFloat(text: string): boolean {
  return !/^-?0x/iu.test(text) && /[.e]/iu.test(text);
}

/** What HCL 1 calls the type of a value. */
export function goType({ kind }: Hcl1Value): string {
  switch (kind) {
    case 'list':
      return '*ast.ListType';
    case 'object':
      return '*ast.ObjectList';
    default:
      return '*ast.LiteralType';
  }
}

/** The decoder points at what stands in a block, not at its brace. */
export function posOf(value: Hcl1Value): Hcl1Pos {
  return value.kind === 'object' ? (value.items[0]?.pos ?? value.pos) : value.pos;
}
