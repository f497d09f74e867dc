import { describe, expect, it } from 'vitest';
import {
  formatWireErrors,
  isWireErrorCode,
  parseWireErrors,
  wireError,
  wireErrors,
} from './index.ts';

describe('wire errors', () => {
  it('come back as they were sent', () => {
    const sent = [wireError('NAME_UNKNOWN'), wireError('DENIED', 'no')];
    expect(parseWireErrors(formatWireErrors(sent))).toEqual(sent);
    expect(formatWireErrors([wireError('SIZE_INVALID', 'm', { a: 1 })]).toString()).toBe(
      '{"errors":[{"code":"SIZE_INVALID","message":"m","detail":{"a":1}}]}',
    );
  });

  it('have a client error as status, each', () => {
    for (const { status } of Object.values(wireErrors)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    }
    expect(isWireErrorCode('BLOB_UNKNOWN')).toBe(true);
    expect(isWireErrorCode('toString')).toBe(false);
  });

  it.each([
    ['HTML', '<html>502</html>'],
    ['nothing', ''],
    ['another shape', '{"error":"x"}'],
    ['errors that are no list', '{"errors":{"code":"X"}}'],
    ['entries that are no objects', '{"errors":[null,1,"x",[]]}'],
    ['bytes that are no text', '\ufffd\u0000'],
  ])('reads %s as no errors', (_, text) => {
    expect(parseWireErrors(Buffer.from(text))).toEqual([]);
  });

  it('are bounded in number and length, and fit to print', () => {
    const long = {
      code: 'C\u001b[31m'.repeat(100),
      message: '\u202e'.repeat(5000),
      detail: { a: '\n' },
    };
    const parsed = parseWireErrors(Buffer.from(JSON.stringify({ errors: Array(50).fill(long) })));
    expect(parsed).toHaveLength(10);
    expect(parsed[0]?.code.length).toBeLessThanOrEqual(101);
    expect(parsed[0]?.code).not.toContain('\u001b');
    expect(parsed[0]?.message.length).toBeLessThanOrEqual(501);
    expect(parsed[0]?.message).not.toContain('\u202e');
    expect(parsed[0]?.detail).toBe('{"a":"\\n"}');
  });

  it('keep an unknown code and survive missing members', () => {
    expect(parseWireErrors(Buffer.from('{"errors":[{"code":"QUOTA"},{"message":"m"}]}'))).toEqual([
      { code: 'QUOTA', message: '' },
      { code: 'UNKNOWN', message: 'm' },
    ]);
  });

  it('survive a detail nested beyond every stack', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const parsed = parseWireErrors(Buffer.from(`{"errors":[{"code":"X","detail":${deep}}]}`));
    expect(parsed[0]?.code).toBe('X');
  });
});
