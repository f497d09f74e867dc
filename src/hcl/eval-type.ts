import { type Converted, toBool, toNumber, toText } from './eval-convert.ts';
import { any, type EvalValue, isObject, isTuple, sortedEntries } from './eval-value.ts';
import { Unknown } from './unknown.ts';

/** As much of HCL's type system as it takes to find the common type of two results. */
export type EvalType =
  | 'string'
  | 'number'
  | 'bool'
  | 'any'
  | { readonly kind: 'tuple'; readonly items: readonly EvalType[] }
  | { readonly kind: 'object'; readonly items: ReadonlyMap<string, EvalType> }
  | { readonly kind: 'list' | 'map'; readonly element: EvalType };

/** Values may share parts, so that walking one costs more than it takes to hold it. */
export type Spend = () => boolean;

export function typeOf(value: EvalValue, spend: Spend): EvalType {
  if (!spend() || value === null) return 'any';
  if (value instanceof Unknown) {
    if (value.type === 'tuple') return { kind: 'list', element: 'any' };
    return value.type === 'object' ? { kind: 'map', element: 'any' } : value.type;
  }
  if (isTuple(value)) return { kind: 'tuple', items: value.map((item) => typeOf(item, spend)) };
  if (isObject(value)) {
    const items = sortedEntries(value).map(([name, item]): [string, EvalType] => [
      name,
      typeOf(item, spend),
    ]);
    return { kind: 'object', items: new Map(items) };
  }
  if (typeof value === 'string') return 'string';
  return typeof value === 'number' ? 'number' : 'bool';
}

/** The type that both convert to, or undefined. */
export function unify(a: EvalType, b: EvalType): EvalType | undefined {
  if (a === 'any') return b;
  if (b === 'any') return a;
  if (typeof a === 'string' || typeof b === 'string') {
    if (a === b) return a;
    const plain = typeof a === 'string' && typeof b === 'string';
    return plain && (a === 'string' || b === 'string') ? 'string' : undefined;
  }
  const sequences = isSequence(a) && isSequence(b);
  if (!sequences && (isSequence(a) || isSequence(b))) return undefined;
  return (
    unifyAlike(a, b) ?? unifyElements(sequences ? 'list' : 'map', [...elements(a), ...elements(b)])
  );
}

type Structure = Exclude<EvalType, string>;

function isSequence(type: Structure): boolean {
  return type.kind === 'tuple' || type.kind === 'list';
}

function elements(type: Structure): readonly EvalType[] {
  if (type.kind === 'tuple') return type.items;
  if (type.kind === 'object') return [...type.items.values()];
  return [type.element];
}

/** Item by item, if both have the same ones. `any` stands for items that do not fit. */
function unifyAlike(a: Structure, b: Structure): EvalType | undefined {
  if (a.kind === 'tuple' && b.kind === 'tuple' && a.items.length === b.items.length) {
    const items: EvalType[] = [];
    for (const [index, item] of a.items.entries()) {
      const common = unify(item, b.items[index] ?? 'any');
      if (common === undefined) return undefined;
      items.push(common);
    }
    return { kind: 'tuple', items };
  }
  if (a.kind === 'object' && b.kind === 'object' && a.items.size === b.items.size) {
    const items = new Map<string, EvalType>();
    for (const [name, item] of a.items) {
      const other = b.items.get(name);
      const common = other && unify(item, other);
      if (common === undefined) return undefined;
      items.set(name, common);
    }
    return { kind: 'object', items };
  }
  return undefined;
}

function unifyElements(kind: 'list' | 'map', types: readonly EvalType[]): EvalType | undefined {
  let element: EvalType = 'any';
  for (const type of types) {
    const common = unify(element, type);
    if (common === undefined) return undefined;
    element = common;
  }
  return { kind, element };
}

/** `value` as the type that `unify` found for it. */
export function convertTo(value: EvalValue, type: EvalType, spend: Spend): EvalValue {
  if (!spend() || value === null || type === 'any') return value;
  if (typeof type === 'string') return plain(value, type);
  if (isTuple(value)) {
    return value.map((item, index) => convertTo(item, itemType(type, index), spend));
  }
  if (!isObject(value)) return value;
  const items = [...value].map(([name, item]): [string, EvalValue] => [
    name,
    convertTo(item, itemType(type, name), spend),
  ]);
  return new Map(items);
}

function plain(value: EvalValue, type: 'string' | 'number' | 'bool'): EvalValue {
  const convert: (given: EvalValue) => Converted<string | number | boolean> =
    type === 'string' ? toText : type === 'number' ? toNumber : toBool;
  const converted = convert(value);
  return 'value' in converted ? converted.value : any;
}

function itemType(type: Structure, key: string | number): EvalType {
  if (type.kind === 'tuple') return typeof key === 'number' ? (type.items[key] ?? 'any') : 'any';
  if (type.kind === 'object')
    return typeof key === 'string' ? (type.items.get(key) ?? 'any') : 'any';
  return type.element;
}

/** Why two results have no common type, in HCL's words. */
export function describeMismatch(whenTrue: EvalType, whenFalse: EvalType): string {
  if (typeof whenTrue === 'object' && typeof whenFalse === 'object') {
    if (whenTrue.kind === 'object' && whenFalse.kind === 'object') {
      for (const [name, item] of whenTrue.items) {
        const other = whenFalse.items.get(name);
        if (other === undefined) {
          return `The 'true' value includes object attribute ${JSON.stringify(name)}, which is absent in the 'false' value`;
        }
        if (!sameType(item, other)) {
          return `Type mismatch for object attribute ${JSON.stringify(name)}: ${describeMismatch(item, other)}`;
        }
      }
      for (const name of whenFalse.items.keys()) {
        if (!whenTrue.items.has(name)) {
          return `The 'false' value includes object attribute ${JSON.stringify(name)}, which is absent in the 'true' value`;
        }
      }
    }
    if (whenTrue.kind === 'tuple' && whenFalse.kind === 'tuple') {
      const [a, b] = [whenTrue.items, whenFalse.items];
      if (a.length !== b.length) {
        return `The 'true' tuple has length ${a.length}, but the 'false' tuple has length ${b.length}`;
      }
      for (const [index, item] of a.entries()) {
        const other = b[index] ?? 'any';
        if (!sameType(item, other)) {
          return `Type mismatch for tuple element ${index}: ${describeMismatch(item, other)}`;
        }
      }
    }
  }
  return `The 'true' value is ${nameOf(whenTrue)}, but the 'false' value is ${nameOf(whenFalse)}`;
}

function sameType(a: EvalType, b: EvalType): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  if (a.kind === 'tuple' && b.kind === 'tuple') {
    return (
      a.items.length === b.items.length &&
      a.items.every((item, index) => sameType(item, b.items[index] ?? 'any'))
    );
  }
  if (a.kind !== 'object' || b.kind !== 'object') return a.kind === b.kind;
  const others = b.items;
  return (
    a.items.size === others.size &&
    [...a.items].every(([name, item]) => sameType(item, others.get(name) ?? 'any'))
  );
}

function nameOf(type: EvalType): string {
  const { type: name } = unknownOf(type);
  return name === 'any' ? 'dynamic' : name;
}

/** What is known of a value when that is its type. */
export function unknownOf(type: EvalType): Unknown {
  if (typeof type === 'string') return new Unknown(type);
  return new Unknown(isSequence(type) ? 'tuple' : 'object');
}
