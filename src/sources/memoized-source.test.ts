import { describe, expect, it } from 'vitest';
import { parsePlatform, parseProviderAddress, parseVersion } from '../domain/index.ts';
import { ProviderNotFoundError } from './errors.ts';
import type { PackageMeta, PackageRequest, ProviderSource } from './interfaces.ts';
import { memoizeSource } from './memoized-source.ts';

const provider = parseProviderAddress('example.com/acme/thing');
const other = parseProviderAddress('example.com/acme/other');
const ask = (version = '1.0.0', platform = 'linux_amd64'): PackageRequest => ({
  provider,
  version: parseVersion(version),
  platform: parsePlatform(platform),
});

/** Counts what it is asked; each answer waits until `open` is called. */
function slowSource(): {
  source: ProviderSource;
  asked: string[];
  signals: AbortSignal[];
  open: () => void;
} {
  const asked: string[] = [];
  const signals: AbortSignal[] = [];
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  const answer = async <T>(name: string, signal: AbortSignal | undefined, value: T): Promise<T> => {
    asked.push(name);
    if (signal !== undefined) signals.push(signal);
    await Promise.race([
      gate,
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => reject(signal.reason as Error));
      }),
    ]);
    return value;
  };
  const source: ProviderSource = {
    display: 'slow',
    availableVersions: async (of, call = {}) => {
      const versions = await answer(`versions ${of.type}`, call.signal, [parseVersion('1.0.0')]);
      if (of.type === 'other') throw new ProviderNotFoundError(of, ['slow']);
      call.onWarning?.('beware');
      return versions;
    },
    packageMeta: async (request, call = {}) =>
      await answer(`meta ${request.platform.os}`, call.signal, {
        ...request,
        filename: '',
        location: {
          display: '',
          stage: () => Promise.reject(new Error('not asked')),
          measure: () => Promise.reject(new Error('not measured')),
        },
        claims: { expected: [], trustedMirror: [] },
      } satisfies PackageMeta),
    releaseHashes: async (_release, call = {}) =>
      await answer('hashes', call.signal, { display: '', packages: [], trusted: false }),
  };
  return { source, asked, signals, open: () => open() };
}

describe('a source that remembers', () => {
  it('asks once for each question, however many ask at once or later', async () => {
    const { asked, open, source } = slowSource();
    const memoized = memoizeSource(source);
    const all = Promise.all([
      memoized.availableVersions(provider),
      memoized.availableVersions(provider),
      memoized.packageMeta(ask()),
      memoized.packageMeta(ask()),
      memoized.packageMeta(ask('1.0.0', 'darwin_arm64')),
      memoized.releaseHashes?.(ask()),
      memoized.releaseHashes?.(ask()),
    ]);
    open();
    await all;
    await memoized.packageMeta(ask());
    expect(asked).toEqual(['versions thing', 'meta linux', 'meta darwin', 'hashes']);
  });

  it('remembers a failure', async () => {
    const { asked, open, source } = slowSource();
    open();
    const memoized = memoizeSource(source);
    const first = await memoized.availableVersions(other).catch((error: unknown) => error);
    const second = await memoized.availableVersions(other).catch((error: unknown) => error);
    expect(first).toBeInstanceOf(ProviderNotFoundError);
    expect(second).toBe(first);
    expect(asked).toEqual(['versions other']);
  });

  it('tells a warning to everybody who asks', async () => {
    const { open, source } = slowSource();
    open();
    const memoized = memoizeSource(source);
    const heard: string[] = [];
    const onWarning = (text: string): void => void heard.push(text);
    await memoized.availableVersions(provider, { onWarning });
    await memoized.availableVersions(provider, { onWarning });
    expect(heard).toEqual(['beware', 'beware']);
  });

  it('goes on for the others when one gives up', async () => {
    const { asked, open, signals, source } = slowSource();
    const memoized = memoizeSource(source);
    const leaving = new AbortController();
    const left = memoized.packageMeta(ask(), { signal: leaving.signal });
    const staying = memoized.packageMeta(ask(), { signal: new AbortController().signal });
    const reason = new Error('enough');
    leaving.abort(reason);
    await expect(left).rejects.toBe(reason);
    expect(signals[0]?.aborted).toBe(false);
    open();
    await expect(staying).resolves.toMatchObject({ provider });
    expect(asked).toHaveLength(1);
  });

  it('stops when all have given up, and starts anew for the next', async () => {
    const { asked, open, signals, source } = slowSource();
    const memoized = memoizeSource(source);
    const both = [new AbortController(), new AbortController()];
    const calls = both.map(({ signal }) => memoized.availableVersions(provider, { signal }));
    for (const controller of both) controller.abort(new Error('enough'));
    for (const call of calls) await expect(call).rejects.toThrow('enough');
    expect(signals[0]?.aborted).toBe(true);
    open();
    await expect(memoized.availableVersions(provider)).resolves.toHaveLength(1);
    expect(asked).toHaveLength(2);
  });

  it('has no hashes where the source has none', () => {
    const plain: ProviderSource = {
      display: 'plain',
      availableVersions: () => Promise.resolve([]),
      packageMeta: () => Promise.reject(new Error('not asked')),
    };
    expect('releaseHashes' in memoizeSource(plain)).toBe(false);
  });
});
