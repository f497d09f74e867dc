import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { InterruptedError, LimitExceededError } from '../base/index.ts';
import { ask, canAsk, readSecret } from './ask.ts';
import type { CliIo } from './io.ts';

interface Terminal {
  readonly io: CliIo;
  readonly keys: PassThrough;
  readonly modes: readonly boolean[];
  readonly shown: () => string;
  readonly controller: AbortController;
}

function terminal(): Terminal {
  const keys = new PassThrough();
  const modes: boolean[] = [];
  const stdin = Object.assign(keys, { isTTY: true, setRawMode: (raw: boolean) => modes.push(raw) });
  const stderr = new PassThrough();
  const controller = new AbortController();
  const io: CliIo = {
    stdin,
    stdout: new PassThrough(),
    stderr,
    env: {},
    cwd: '/',
    platform: 'linux',
    arch: 'x64',
    signal: controller.signal,
  };
  return { io, keys, modes, controller, shown: () => String(stderr.read() ?? '') };
}

const hidden = { prompt: 'Password: ', hidden: true };

describe('a question', () => {
  it.each([
    ['a line', 'secret\r', 'secret'],
    ['a line with another end', 'secret\n', 'secret'],
    ['spaces and letters of all kinds', ' pä$$ 🔑 \r', ' pä$$ 🔑 '],
    ['corrections', 'secrxx\u007f\bet\r', 'secret'],
    ['corrections of a letter of several bytes', 'a🔑\u007fb\r', 'ab'],
    ['a line begun anew', 'wrong\u0015right\r', 'right'],
    ['keys that mean nothing here', 'se\u0001cret\t\r', 'secret'],
    ['nothing', '\r', ''],
  ])('is answered by %s', async (_, typed, expected) => {
    const { io, keys, modes, shown } = terminal();
    keys.write(typed);
    expect(await ask(io, hidden)).toBe(expected);
    expect(modes).toEqual([true, false]);
    expect(shown()).toBe('Password: \n');
  });

  it('may be answered letter by letter, and byte by byte', async () => {
    const { io, keys } = terminal();
    const answer = ask(io, hidden);
    for (const byte of Buffer.from('pä🔑\r')) keys.write(Buffer.from([byte]));
    expect(await answer).toBe('pä🔑');
  });

  it('leaves what is typed ahead for the next one', async () => {
    const { io, keys, modes } = terminal();
    keys.write('ann\r\nsecret\nrest');
    expect(await ask(io, { prompt: 'User name: ' })).toBe('ann');
    expect(modes).toEqual([]);
    expect(await ask(io, hidden)).toBe('secret');
  });

  it.each([
    ['Ctrl-C', 'sec\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is given up by %s', async (_, typed) => {
    const { io, keys, modes } = terminal();
    keys.write(typed);
    await expect(ask(io, hidden)).rejects.toThrow(InterruptedError);
    expect(modes).toEqual([true, false]);
  });

  it('is given up when the terminal goes away, or the command is ended', async () => {
    const gone = terminal();
    gone.keys.end('sec');
    await expect(ask(gone.io, hidden)).rejects.toThrow(InterruptedError);
    const ended = terminal();
    const answer = ask(ended.io, hidden);
    ended.controller.abort();
    await expect(answer).rejects.toThrow(InterruptedError);
    expect(ended.modes).toEqual([true, false]);
  });

  it('is not answered without end', async () => {
    const { io, keys } = terminal();
    keys.write('x'.repeat(70_000));
    await expect(ask(io, hidden)).rejects.toThrow(LimitExceededError);
  });

  it('needs a terminal', () => {
    const { io } = terminal();
    expect(canAsk(io)).toBe(true);
    expect(canAsk({ ...io, stdin: new PassThrough() })).toBe(false);
  });
});

describe('a piped secret', () => {
  it.each([
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret', 'secret'],
    [' two\nlines \n\n', ' two\nlines \n'],
    ['', ''],
  ])('%j is %j', async (piped, expected) => {
    const { io, keys } = terminal();
    keys.end(piped);
    expect(await readSecret(io)).toBe(expected);
  });
});
