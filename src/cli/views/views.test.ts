import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { TofuOciError } from '../../base/index.ts';
import type { CliIo } from '../io.ts';
import { version } from '../version.ts';
import { renderDiagnostic } from './diagnostics.ts';
import { renderError } from './errors.ts';
import { createOutput, type Output } from './output.ts';
import { formatBytes, formatSeconds } from './sizes.ts';

class SampleError extends TofuOciError {
  readonly code = 'ERR_TEST_SAMPLE';
  readonly category = 'conflict';
}

interface Captured {
  readonly output: Output;
  readonly stdout: () => string;
  readonly stderr: () => string;
}

function capture(args: readonly string[], terminal: { columns?: number } = {}): Captured {
  const stdout = new PassThrough();
  const stderr: PassThrough & { isTTY?: boolean; columns?: number } = new PassThrough();
  if (terminal.columns !== undefined) Object.assign(stderr, { isTTY: true, ...terminal });
  const io: CliIo = {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: {},
    cwd: '/',
    platform: 'linux',
    arch: 'x64',
    signal: new AbortController().signal,
  };
  const read = (stream: PassThrough): string => String(stream.read() ?? '');
  return { output: createOutput(io, args), stdout: () => read(stdout), stderr: () => read(stderr) };
}

describe('errors', () => {
  const error = new SampleError('it broke', {
    hint: 'mend it',
    cause: new Error('a wire fell off'),
  });

  it('say what, why and what to try, on stderr', () => {
    const { output, stdout, stderr } = capture([]);
    renderError(output, error);
    expect(stdout()).toBe('');
    expect(stderr()).toBe('Error: it broke\n  because: a wire fell off\nHint: mend it\n');
  });

  it('are one object on stdout with --json', () => {
    const { output, stdout } = capture(['--json']);
    renderError(output, error);
    expect(JSON.parse(stdout())).toEqual({
      type: 'error',
      code: 'ERR_TEST_SAMPLE',
      category: 'conflict',
      message: 'it broke\n  because: a wire fell off',
      hint: 'mend it',
    });
  });

  it('show a stack only with --debug', () => {
    const quiet = capture([]);
    renderError(quiet.output, error);
    expect(quiet.stderr()).not.toContain('views.test');
    const debug = capture(['--debug']);
    renderError(debug.output, error);
    expect(debug.stderr()).toContain('views.test');
  });

  it('can not send escapes to the terminal', () => {
    const { output, stderr } = capture([]);
    renderError(output, new SampleError('a\u001b[2Jb'));
    expect(stderr()).not.toContain('\u001b');
  });
});

describe('diagnostics', () => {
  it('have the frame that OpenTofu draws, with the place', () => {
    const { output, stderr } = capture([]);
    const pos = { line: 3, column: 5, byte: 40 };
    renderDiagnostic(output, {
      severity: 'error',
      summary: 'Invalid version',
      detail: 'It is not one.',
      range: { file: 'main.tf', start: pos, end: pos },
    });
    expect(stderr()).toBe(
      '╷\n│ Error: Invalid version\n│\n│   on main.tf line 3, column 5:\n│\n│ It is not one.\n╵\n',
    );
  });

  it('are wrapped to the terminal, except pre-formatted lines', () => {
    const { output, stderr } = capture(['--no-color'], { columns: 24 });
    const detail = 'one two three four five six\n  one two three four five six';
    renderDiagnostic(output, { severity: 'warning', summary: 'W', detail });
    expect(stderr()).toContain(
      '│ one two three four\n│ five six\n│   one two three four five six\n',
    );
  });
});

describe('output', () => {
  it('keeps notes back with --quiet and never with an error', () => {
    const { output, stderr } = capture(['--quiet']);
    output.note('note');
    output.error('error');
    expect(stderr()).toBe('error\n');
  });

  it('looks only at our own options, not at those of a command to run', () => {
    expect(capture(['exec', '--', 'x', '--json']).output.json).toBe(false);
  });
});

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [5_233_000, '5.2 MB'],
    [99_940_000, '99.9 MB'],
    [146_705_240, '147 MB'],
    [999_500_000, '1.0 GB'],
  ])('%i bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [400, '0.4 s'],
    [62_000, '62 s'],
  ])('%i ms are %s', (ms, text) => {
    expect(formatSeconds(ms)).toBe(text);
  });
});

it('has the version of package.json', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ version });
});
