import { InvalidArgumentError, Option } from 'commander';

/** Which versions of what a configuration needs. */
export type Selection = ReadonlySet<'locked' | 'newest' | 'all'>;

/** `--select locked,newest,all`. */
export function selectOption(): Option {
  return new Option(
    '--select <which>',
    'versions: locked, newest, all, or several with commas; default locked where there is a lock file, else newest',
  ).argParser((text: string, before: Selection | undefined): Selection => {
    const chosen = new Set(before);
    for (const each of text.split(',').map((part) => part.trim())) {
      if (each !== 'locked' && each !== 'newest' && each !== 'all') {
        throw new InvalidArgumentError(
          'It should be locked, newest or all, or several with commas.',
        );
      }
      chosen.add(each);
    }
    return chosen;
  });
}

/** One part of a job that several machines share. */
export interface Shard {
  /** From 1 on. */
  readonly part: number;
  readonly of: number;
}

/** `--shard K/N`. */
export function shardOption(): Option {
  return new Option(
    '--shard <k/n>',
    'only part K of N: each provider is in exactly one part',
  ).argParser((text: string): Shard => {
    const [, part = '0', of = '0'] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/u.exec(text) ?? [];
    if (Number(of) > 0 && Number(part) <= Number(of)) return { part: Number(part), of: Number(of) };
    throw new InvalidArgumentError('It should be K/N, as in 1/4, 2/4, 3/4 and 4/4.');
  });
}

/** `--max-bytes`, in bytes or with kB, MB, GB, TB, KiB, MiB, GiB, TiB. */
export function maxBytesOption(): Option {
  return new Option(
    '--max-bytes <size>',
    'fail releases whose packages would exceed so much in all, as in 20GB',
  ).argParser((text: string): number => {
    const [, digits, unit = ''] = /^(\d{1,15}(?:\.\d{1,3})?) ?([kmgt]i?b|b)?$/iu.exec(text) ?? [];
    const base = /i/iu.test(unit) ? 1024 : 1000;
    const power = 'bkmgt'.indexOf((unit[0] ?? 'b').toLowerCase());
    const bytes = Math.floor(Number(digits) * base ** power);
    if (Number.isSafeInteger(bytes) && bytes > 0) return bytes;
    throw new InvalidArgumentError('It should be a size, as in 500MB, 20GB or 1.5TiB.');
  });
}
