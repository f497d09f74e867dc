import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { TofuOciError } from '../../base/index.ts';
import type { RunningServer } from '../../server/index.ts';
import type { CliIo } from '../io.ts';
import { version } from '../version.ts';
import { renderDiagnostic } from './diagnostics.ts';
import { renderError } from './errors.ts';
import { renderFailure } from './failures.ts';
import { createOutput, type Output } from './output.ts';
import { type Progress, startProgress } from './progress.ts';
import { renderNotice, renderServing } from './serve.ts';
import { formatBytes, formatSeconds, formatTimeLeft } from './sizes.ts';

class SampleError extends TofuOciError {
  readonly code = 'ERR_TEST_SAMPLE';
  readonly category = 'conflict';
}

interface Captured {
  readonly io: CliIo;
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
  return {
    io,
    output: createOutput(io, args),
    stdout: () => read(stdout),
    stderr: () => read(stderr),
  };
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

  it('show what a remote party said without its control characters, also with --debug', () => {
    const hostile = new SampleError('x\u001b]0;t\u0007', { cause: new Error('y\u009b2J\u202e') });
    for (const args of [[], ['--debug'], ['--debug', '--json']]) {
      const { output, stderr, stdout } = capture(args);
      renderError(output, hostile);
      renderFailure(output, { provider: 'p\u001b[2J', error: hostile });
      output.line('raw\u001b[2J');
      output.note('raw\u001b[2J');
      expect(`${stderr()}${stdout()}`).not.toMatch(
        /[\u0000-\u0009\u000b-\u001f\u0080-\u009f\u202e]/u,
      );
    }
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

describe('diagnostics on a terminal with colors', () => {
  it('are painted by us alone', () => {
    const { output, stderr } = capture([], { columns: 80 });
    const evil = '\u001b[2J';
    renderDiagnostic(output, { severity: 'error', summary: `S${evil}`, detail: `D${evil}` });
    const text = stderr();
    expect(text).toContain('\u001b[31m\u001b[1mError:\u001b[22m\u001b[39m \u001b[1mS');
    expect(text).not.toContain(evil);
    expect(text.replaceAll(/\u001b\[\d+m/gu, '')).toMatch(/^╷\n│ Error: S.*\n│\n│ D.*\n╵\n$/u);
  });
});

describe('progress', () => {
  afterEach(() => vi.useRealTimers());

  async function drawn(
    args: readonly string[],
    columns: number,
    script: (progress: Progress) => void,
  ): Promise<string> {
    vi.useFakeTimers();
    const { output, io, stderr } = capture(args, { columns });
    const progress = await startProgress(output, io.stderr);
    script(progress);
    vi.advanceTimersByTime(150);
    const text = stderr();
    progress.stop();
    return text.replaceAll(/\u001b\[[\d;?]*[a-zA-Z]/gu, '');
  }

  it('shows how far each transfer is, below each other', async () => {
    const text = await drawn(['--no-color'], 80, (progress) => {
      progress.update('linux_amd64', 50_000_000, 100_000_000);
      progress.update('darwin_arm64', 100_000_000, 100_000_000);
    });
    expect(text).toContain(
      `  ${'━'.repeat(12)}${'·'.repeat(12)}  50%  linux_amd64   50.0 MB / 100 MB\n`,
    );
    expect(text).toContain(`  ${'━'.repeat(24)} 100%  darwin_arm64  100 MB / 100 MB\n`);
  });

  it.each([100, 80, 50, 30])('stays within a terminal of %i columns', async (columns) => {
    const text = await drawn([], columns, (progress) => {
      progress.update(`registry.example.com/${'x'.repeat(80)}`, 3, 1_000_000);
    });
    expect(text).toContain('3 B / 1.0 MB');
    for (const line of text.split('\n')) expect(line.length).toBeLessThan(columns);
  });

  it('tells the rate, and how long what it knows of will take', async () => {
    const text = await drawn([], 80, (progress) => {
      progress.update('a', 0, 100_000_000);
      progress.update('b', 0);
      vi.advanceTimersByTime(4850);
      progress.update('a', 40_000_000, 100_000_000);
      progress.update('b', 10_000_000);
    });
    expect(text).toMatch(/ 10\.0 MB\/s, 6 s left\n?$/u);
  });

  it('draws eight transfers and counts the others', async () => {
    const text = await drawn([], 80, (progress) => {
      for (let index = 0; index < 11; index++) progress.update(`p${String(index)}`, 1, 2);
    });
    expect(text.match(/50%/gu)).toHaveLength(8);
    expect(text).toContain('and 3 more');
  });

  it.each([['--quiet'], ['--json'], ['--no-progress']])('is silent with %s', async (option) => {
    expect(await drawn([option], 80, (progress) => progress.update('p', 1, 2))).toBe('');
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

  it.each([
    [7.2, '8 s'],
    [125, '2 min 5 s'],
    [4800, '1 h 20 min'],
    [Number.POSITIVE_INFINITY, '?'],
  ])('%d seconds are left: %s', (seconds, text) => {
    expect(formatTimeLeft(seconds)).toBe(text);
  });
});

describe('a server that listens', () => {
  const server = (url: string, trustAdvice?: RunningServer['trustAdvice']): RunningServer => ({
    addresses: [{ url }],
    metricsAddress: undefined,
    warnings: [],
    trustAdvice,
    reload: () => Promise.resolve(),
    close: () => Promise.resolve(),
  });

  const settings = { folder: '/srv/r', readOnly: false };

  it.each([
    [{}, 'Folder /srv/r. Everybody may read and write.'],
    [{ readOnly: true }, 'Folder /srv/r, read-only. Everybody may read.'],
    [{ htpasswd: 'users' }, 'Folder /srv/r. The users in users may read and write.'],
    [{ tokens: 'tokens' }, 'Folder /srv/r. Tokens say who may read and write.'],
    [
      { htpasswd: 'users', tokens: 'tokens' },
      'Folder /srv/r. The users in users and whoever has a token of tokens may read and write.',
    ],
    [
      { htpasswd: 'users', rights: 'rights', readOnly: true },
      'Folder /srv/r, read-only. The rules in rights say who may read.',
    ],
  ])('says who may do what: %j', (more, line) => {
    const { output, stderr } = capture([]);
    renderServing(output, server('http://127.0.0.1:5000'), { ...settings, ...more });
    expect(stderr()).toContain(`${line}\n`);
  });

  it('says what OpenTofu needs when there is HTTP only', () => {
    const { output, stderr } = capture([]);
    renderServing(output, server('http://127.0.0.1:5000'), settings);
    expect(stderr()).toContain('OpenTofu speaks HTTPS only; add --tls-self-signed DIR');
  });

  it('says nothing of it with HTTPS, and quotes paths for the shell', () => {
    const { output, stderr } = capture([]);
    const advice = { caFile: '/a b/ca.crt', replaced: false, steps: [] };
    renderServing(output, server('https://127.0.0.1:5000', advice), settings);
    const text = stderr();
    expect(text).not.toContain('HTTPS only');
    expect(text).toContain('--ca-file "/a b/ca.crt"\n');
    expect(text).not.toContain('are new');
  });

  it('says where the metrics are', () => {
    const { output, stdout } = capture([]);
    const metricsAddress = { url: 'http://127.0.0.1:9000' };
    renderServing(output, { ...server('https://127.0.0.1:5000'), metricsAddress }, settings);
    expect(stdout()).toContain('Metrics on http://127.0.0.1:9000/metrics\n');
  });

  it('says what became of a file that was changed', () => {
    const { output, stderr } = capture(['--quiet']);
    renderNotice(output, { kind: 'reloaded', file: '/etc/users' });
    expect(stderr()).toBe('');
    renderNotice(output, { kind: 'kept', file: '/etc/users', error: new Error('why') });
    expect(stderr()).toMatch(/^\/etc\/users has changed and can not be used; .*\n.*why/u);
  });

  it('says that an authority was replaced', () => {
    const { output, stderr } = capture([]);
    const advice = { caFile: '/tls/ca.crt', replaced: true, steps: [] };
    renderServing(output, server('https://127.0.0.1:5000', advice), settings);
    expect(stderr()).toContain('must trust this one');
  });
});

it('has the version of package.json', () => {
  const text = readFileSync(join(import.meta.dirname, '..', '..', '..', 'package.json'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({ version });
});
