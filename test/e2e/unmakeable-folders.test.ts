import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeReleaseFolder } from '../support/release-folder.ts';
import { runCli } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';

/** Node's own way to make a path of folders would never end in these places. */
const places: readonly (readonly [string, string])[] = [
  ['below a link that leads nowhere', './dangling/sub'],
  ['at a link that leads nowhere', './dangling'],
  ...(existsSync('/proc/self')
    ? [['where nobody can make one', '/proc/nobody/here'] as const]
    : []),
];

describe('a folder that can not be made', { timeout: 20_000 }, () => {
  it.each(places)('%s ends push, copy and serve with a word', async (_name, to) => {
    const cwd = await tempFolder();
    await symlink('/nowhere/at/all', join(cwd, 'dangling'));
    await makeReleaseFolder(join(cwd, 'dist'), { type: 'thing', version: '1.0.0' });
    const push = ['push', 'example.com/acme/thing', 'dist', '--to'];
    expect(await runCli([...push, './store'], { cwd })).toMatchObject({ code: 0 });
    for (const args of [
      [...push, to],
      ['copy', '--from', './store', '--to', to],
      ['serve', to, '--listen', '127.0.0.1:0'],
    ]) {
      const { code, stderr } = await runCli(args, { cwd });
      expect([1, 2], args.join(' ')).toContain(code);
      expect(stderr).toMatch(/^Error: .*(?:cannot|can not)/mu);
    }
  });
});
