import { type EvalValue, isObject, isTuple, typeName } from './eval-value.ts';
import { Unknown } from './unknown.ts';

/** A converted value, or in `problem` why there is none, in HCL's words. */
export type Converted<T> = { readonly value: T | Unknown | null } | { readonly problem: string };

function mismatch(wanted: string, value: EvalValue): { readonly problem: string } {
  return { problem: `${wanted} required, but have ${typeName(value)}` };
}

/** Strings from numbers and booleans; null stays null. */
export function toText(value: EvalValue): Converted<string> {
  if (value === null || typeof value === 'string') return { value };
  if (typeof value === 'number') return { value: numberText(value) };
  if (typeof value === 'boolean') return { value: String(value) };
  return opaque(value, 'string');
}

/** Numbers from strings that are decimal numbers. */
export function toNumber(value: EvalValue): Converted<number> {
  if (value === null || typeof value === 'number') return { value };
  if (typeof value === 'string') {
    const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(value);
    return decimal ? { value: Number(value) } : { problem: 'a number is required' };
  }
  return opaque(value, 'number');
}

/** Booleans from `"true"`, `"false"`, `"1"` and `"0"`. */
export function toBool(value: EvalValue): Converted<boolean> {
  if (value === null || typeof value === 'boolean') return { value };
  if (typeof value !== 'string') return opaque(value, 'bool');
  if (value === 'true' || value === '1') return { value: true };
  if (value === 'false' || value === '0') return { value: false };
  const lower = value.toLowerCase();
  return lower === 'true' || lower === 'false'
    ? { problem: `a bool is required; to convert from string, use lowercase "${lower}"` }
    : { problem: 'a bool is required' };
}

/** What is not a plain value: an unknown one may do, once it is known. */
function opaque(
  value: EvalValue,
  wanted: 'string' | 'number' | 'bool',
): { readonly value: Unknown } | { readonly problem: string } {
  if (isTuple(value) || isObject(value) || !(value instanceof Unknown)) {
    return mismatch(wanted, value);
  }
  const fits =
    value.type === 'any' ||
    value.type === wanted ||
    value.type === 'string' ||
    (wanted === 'string' && (value.type === 'number' || value.type === 'bool'));
  return fits ? { value: new Unknown(wanted) } : mismatch(wanted, value);
}

/** Without exponent, as HCL prints numbers: `1e21` has 22 digits. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (Object.is(value, -0)) return '-0';
  const [mantissa = '', exponent] = String(value).split('e');
  if (exponent === undefined) return mantissa;
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return sign + digits.padEnd(point, '0');
}
