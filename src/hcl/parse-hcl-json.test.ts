import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from './json-model.ts';
import { parseHclJson } from './parse-hcl-json.ts';

// What each text is read as, beside the library: test/interop/hcl-corpus/hcl2-json-*.ts.

function plain(value: JsonValue): unknown {
  switch (value.kind) {
    case 'object':
      return Object.fromEntries(
        value.properties.map(({ name, value: each }) => [name, plain(each)]),
      );
    case 'list':
      return value.items.map(plain);
    case 'number':
      return Number(value.text);
    case 'string':
    case 'bool':
      return value.value;
    case 'null':
      return null;
    default:
      return value;
  }
}

describe('the JSON form of HCL 2', () => {
  it('is what JSON is, in an object or a list', () => {
    const inside = fc
      .jsonValue({ stringUnit: 'binary' })
      .filter((value) => !/"__proto__"/u.test(JSON.stringify(value)));
    fc.assert(
      fc.property(fc.array(inside), fc.boolean(), (value, spacious) => {
        const text = JSON.stringify(value, undefined, spacious ? '\t' : undefined);
        const { diagnostics, value: read } = parseHclJson(text, 't');
        expect(diagnostics).toEqual([]);
        expect(plain(read)).toEqual(
          JSON.parse(text.replaceAll(/\\ud[89a-f][0-9a-f]{2}/gu, '\ufffd')),
        );
      }),
    );
  });

  it('is refused where JSON.parse refuses it, and never throws', () => {
    const words = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"',
      '"a"',
      '\\',
      '1',
      '-',
      '.',
      'e',
      'true',
      ' ',
      '\n',
      'é',
    ];
    const piece = fc.oneof(fc.constantFrom(...words), fc.string({ unit: 'binary', maxLength: 2 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const text = `[${pieces.join('')}]`;
        const { diagnostics } = parseHclJson(text, 't');
        expect(diagnostics.length === 0).toBe(isJson(text));
        for (const { range } of diagnostics) expect(range).toBeDefined();
      }),
      { numRuns: 2000 },
    );
  });

  it('may be nested 200 levels deep', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(parseHclJson(nested(200), 't').diagnostics).toEqual([]);
    const { diagnostics } = parseHclJson(nested(100_000), 't');
    expect(diagnostics.map(({ summary }) => summary)).toEqual(['Nesting too deep']);
  });

  it('is left after 500 problems', () => {
    const { diagnostics } = parseHclJson(`[${'x,'.repeat(100_000)}1]`, 't');
    expect(diagnostics).toHaveLength(501);
    expect(diagnostics.at(-1)?.summary).toBe('Too many problems');
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
