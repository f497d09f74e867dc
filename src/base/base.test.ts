import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { systemClock } from './clock.ts';
import { LimitExceededError } from './errors.ts';
import { readBounded } from './read-bounded.ts';
import { redactUrl } from './redact.ts';
import { SingleFlight } from './single-flight.ts';
import { compareBytes, jsonLine, printable, terminalText } from './text.ts';

describe('readBounded', () => {
  const stream = (...sizes: number[]): Readable => Readable.from(sizes.map((n) => Buffer.alloc(n)));

  it('accepts exactly the limit and refuses one byte more', async () => {
    const options = { maxBytes: 10, what: 'it' };
    await expect(readBounded(stream(4, 6), options)).resolves.toHaveLength(10);
    await expect(readBounded(stream(4, 7), options)).rejects.toBeInstanceOf(LimitExceededError);
  });

  it('destroys the stream that offers too much', async () => {
    const source = stream(20, 20);
    await expect(readBounded(source, { maxBytes: 10, what: 'it' })).rejects.toThrow(/limit of 10/u);
    expect(source.destroyed).toBe(true);
  });

  it('stops when aborted', async () => {
    const signal = AbortSignal.abort();
    await expect(readBounded(stream(1), { maxBytes: 10, what: 'it', signal })).rejects.toThrow();
  });
});

describe('SingleFlight', () => {
  it('runs one task for callers that come together, and forgets a failure', async () => {
    const flights = new SingleFlight<number>();
    let runs = 0;
    const task = async (): Promise<number> => {
      runs += 1;
      await Promise.resolve();
      if (runs === 1) throw new Error('first fails');
      return runs;
    };
    const results = await Promise.allSettled([flights.run('a', task), flights.run('a', task)]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    expect(await flights.run('a', task)).toBe(2);
  });
});

describe('redactUrl', () => {
  it.each([
    [
      'https://u:p@h/v2/x?digest=sha256:a&_state=secret',
      'https://h/v2/x?digest=sha256%3Aa&_state=REDACTED',
    ],
    ['https://h/v2/x?n=5#frag', 'https://h/v2/x?n=5'],
    ['not a url', '(unparsable URL)'],
  ])('%s becomes %s', (url, expected) => {
    expect(redactUrl(url)).toBe(expected);
  });
});

describe('printable', () => {
  it('replaces control and bidirectional characters and cuts long text', () => {
    expect(printable('a\u001b[31mb\u202ec')).toBe('a\ufffd[31mb\ufffdc');
    expect(printable('x'.repeat(30), 10)).toBe(`${'x'.repeat(10)}…`);
  });
});

describe('terminalText', () => {
  it('keeps our lines and colours, and nothing else that a terminal acts upon', () => {
    const colours = '\u001b[31m\u001b[1ma\u001b[22m\u001b[39m\tb\nc ä😀';
    expect(terminalText(colours)).toBe(colours);
    expect(terminalText('\u001b[8ma\u001b]0;t\u0007\u001b[2J\u009b1m\r\u202e\u{e0041}')).toBe(
      '\ufffd[8ma\ufffd]0;t\ufffd\ufffd[2J\ufffd1m\ufffd\ufffd\ufffd',
    );
  });
});

describe('jsonLine', () => {
  it('escapes what a terminal would act upon, and nothing of the value is lost', () => {
    const value = {
      'a\u202eb': ['\u001b[2J', '\u009b31m', '\u061c', '\u2028', 'ä😀', '\u{e0041}'],
    };
    const line = jsonLine(value);
    expect(line).toBe(
      '{"a\\u202eb":["\\u001b[2J","\\u009b31m","\\u061c","\\u2028","ä😀","\\udb40\\udc41"]}',
    );
    expect(JSON.parse(line)).toEqual(value);
  });
});

describe('compareBytes', () => {
  it('orders by UTF-8 bytes, not by UTF-16 units', () => {
    expect(compareBytes('\u{ff5e}', '\u{1f600}')).toBeLessThan(0);
    expect(compareBytes('B', 'a')).toBeLessThan(0);
    expect(compareBytes('a', 'a')).toBe(0);
  });
});

describe('systemClock', () => {
  it('rejects a sleep with the reason of the abort', async () => {
    const reason = new Error('enough');
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
  });
});
