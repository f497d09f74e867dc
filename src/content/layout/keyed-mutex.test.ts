import { describe, expect, it } from 'vitest';
import { GroupCommit } from './group-commit.ts';
import { KeyedMutex } from './keyed-mutex.ts';

const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Tasks that write down when they begin and end. */
function recorder() {
  const log: string[] = [];
  const task = (name: string) => async () => {
    log.push(`${name}(`);
    await pause();
    log.push(`)${name}`);
    return name;
  };
  return { log, task };
}

describe('the keyed mutex', () => {
  it('runs tasks of one key one after another, and of two keys at once', async () => {
    const mutex = new KeyedMutex();
    const { log, task } = recorder();
    await Promise.all([
      mutex.run('x', task('a')),
      mutex.run('x', task('b')),
      mutex.run('y', task('c')),
    ]);
    expect(log.indexOf('b(')).toBeGreaterThan(log.indexOf(')a'));
    expect(log.indexOf('c(')).toBeLessThan(log.indexOf(')a'));
  });

  it('lets sharing tasks run together, before and after one that runs alone', async () => {
    const mutex = new KeyedMutex();
    const { log, task } = recorder();
    await Promise.all([
      mutex.share('x', task('a')),
      mutex.share('x', task('b')),
      mutex.run('x', task('C')),
      mutex.share('x', task('d')),
      mutex.share('x', task('e')),
      mutex.run('x', task('F')),
    ]);
    expect(log.join(' ')).toBe('a( b( )a )b C( )C d( e( )d )e F( )F');
  });

  it('goes on after a failure, and hands it to its own caller only', async () => {
    const mutex = new KeyedMutex();
    const { task } = recorder();
    const fail = () => Promise.reject(new Error('failed'));
    const results = await Promise.allSettled([
      mutex.run('x', fail),
      mutex.share('x', fail),
      mutex.run('x', task('a')),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });

  it('takes several keys without waiting in a ring', async () => {
    const mutex = new KeyedMutex();
    const { log, task } = recorder();
    await Promise.all([
      mutex.runAll(['x', 'y', 'x'], task('a')),
      mutex.runAll(['y', 'x'], task('b')),
      mutex.runAll([], task('c')),
    ]);
    expect(log.filter((entry) => entry !== 'c(' && entry !== ')c').join(' ')).toBe('a( )a b( )b');
  });
});

describe('the group commit', () => {
  it('takes what comes together in one commit, and never two at once', async () => {
    const commits: (readonly number[])[] = [];
    let running = 0;
    const group = new GroupCommit<number>(async (items) => {
      expect(++running).toBe(1);
      await pause();
      commits.push(items);
      running--;
    });
    const first = Promise.all([group.add(1), group.add(2)]);
    await pause();
    await Promise.all([first, group.add(3), group.add(4)]);
    await group.idle();
    expect(commits).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('fails for the items of the commit that failed', async () => {
    const group = new GroupCommit<string>((items) =>
      items.includes('bad') ? Promise.reject(new Error('full')) : Promise.resolve(),
    );
    await expect(Promise.all([group.add('bad'), group.add('same')])).rejects.toThrow('full');
    await group.add('good');
  });

  it('bounds a commit', async () => {
    const sizes: number[] = [];
    const group = new GroupCommit<number>((items) =>
      Promise.resolve(void sizes.push(items.length)),
    );
    await Promise.all(Array.from({ length: 2500 }, (_, number) => group.add(number)));
    expect(sizes).toEqual([1000, 1000, 500]);
  });
});
