import type { Value } from './ast.ts';
import { Unknown } from './unknown.ts';

/**
 * Values while an expression is worked out. Unlike in `Value`, objects are maps, so that no name
 * clashes with what JavaScript's objects come with, and unknown values may stand inside others.
 */
export type EvalValue = string | number | boolean | null | Unknown | EvalTuple | EvalObject;
export type EvalTuple = readonly EvalValue[];
/** An interface, because a type alias may not refer to itself in this way. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- see above
export interface EvalObject extends ReadonlyMap<string, EvalValue> {}

export const any = new Unknown('any');

export function isTuple(value: EvalValue): value is EvalTuple {
  return Array.isArray(value);
}

export function isObject(value: EvalValue): value is EvalObject {
  return value instanceof Map;
}

/** The name of a value's type as HCL's messages call it. */
export function typeName(value: EvalValue): string {
  if (value === null) return 'dynamic';
  if (value instanceof Unknown) return value.type === 'any' ? 'dynamic' : value.type;
  if (isTuple(value)) return 'tuple';
  if (isObject(value)) return 'object';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Object items in the order in which HCL goes through them. */
export function sortedEntries(object: EvalObject): [string, EvalValue][] {
  return [...object].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Unknown from where on `spend` says that it is too much. */
export function fromValue(value: Value | Unknown, spend: () => boolean): EvalValue {
  if (!spend()) return any;
  if (typeof value !== 'object' || value === null || value instanceof Unknown) return value;
  if (isValueList(value)) return value.map((item) => fromValue(item, spend));
  return new Map(Object.entries(value).map(([name, item]) => [name, fromValue(item, spend)]));
}

function isValueList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** Undefined when `spend` says that it is too much: shared parts can add up to more than fits anywhere. */
export function toValue(value: EvalValue, spend: () => boolean): Value | Unknown | undefined {
  if (!spend()) return undefined;
  if (typeof value !== 'object' || value === null || value instanceof Unknown) return value;
  if (isTuple(value)) {
    const items: Value[] = [];
    for (const item of value) {
      const converted = toValue(item, spend);
      if (converted === undefined) return undefined;
      if (converted instanceof Unknown) return new Unknown('tuple');
      items.push(converted);
    }
    return items;
  }
  const entries: [string, Value][] = [];
  for (const [name, item] of value) {
    const converted = toValue(item, spend);
    if (converted === undefined) return undefined;
    if (converted instanceof Unknown) return new Unknown('object');
    entries.push([name, converted]);
  }
  return Object.fromEntries(entries);
}
