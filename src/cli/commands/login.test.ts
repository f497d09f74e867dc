import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ScriptedPeer, usePeers } from '../../../test/support/scripted-peer.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { runMain } from '../../../test/support/run-main.ts';

const peers = usePeers();
const basic = `Basic ${Buffer.from('ann:hunter2').toString('base64')}`;

/** A registry on loopback that wants Ann's password. */
async function guarded(): Promise<ScriptedPeer> {
  const peer = await peers.start();
  return peer.always('GET /v2/', ({ headers }) =>
    headers.authorization === basic
      ? {}
      : { status: 401, headers: { 'www-authenticate': 'Basic realm="r"' } },
  );
}

const stored = (home: string): Promise<string> =>
  readFile(join(home, '.docker', 'config.json'), 'utf8');

describe('login and logout', () => {
  it('take a piped password, and forget it again', async () => {
    const [home, { host }] = [await tempFolder(), await guarded()];
    const given = { home, input: 'hunter2\n' };
    const login = await runMain(['login', host, '-u', 'ann', '--password-stdin'], given);
    expect(login).toEqual({
      code: 0,
      stdout: `Logged in to ${host} as ann; stored in ~/.docker/config.json.\n`,
      stderr: '',
    });
    expect(await stored(home)).toContain(Buffer.from('ann:hunter2').toString('base64'));
    const logout = await runMain(['logout', host], { home });
    expect(logout).toEqual({
      code: 0,
      stdout: `Removed the login to ${host} from ~/.docker/config.json.\n`,
      stderr: '',
    });
    expect(await runMain(['logout', host], { home })).toEqual({
      code: 0,
      stdout: `Not logged in to ${host}.\n`,
      stderr: '',
    });
  });

  it('ask on a terminal, without showing the password', async () => {
    const [home, { host }] = [await tempFolder(), await guarded()];
    const { code, stderr, stdout } = await runMain(['login', host], {
      home,
      input: 'ann\nhunter2\r',
      tty: true,
    });
    expect(code).toBe(0);
    expect(stderr).toBe(`User name for ${host}: Password for ann: \n`);
    expect(stdout).not.toContain('hunter2');
  });

  it('speak JSON', async () => {
    const [home, { host }] = [await tempFolder(), await guarded()];
    const given = { home, input: 'hunter2' };
    const login = await runMain(['login', host, '-u', 'ann', '--password-stdin', '--json'], given);
    expect(JSON.parse(login.stdout)).toEqual({
      type: 'summary',
      command: 'login',
      registry: host,
      username: 'ann',
      check: 'accepted',
      file: '~/.docker/config.json',
      isReadByOpenTofu: true,
      warnings: [],
    });
    const logout = await runMain(['logout', host, '--json'], { home });
    expect(JSON.parse(logout.stdout)).toEqual({
      type: 'summary',
      command: 'logout',
      registry: host,
      removed: ['~/.docker/config.json'],
      remaining: [],
      failures: [],
    });
  });

  it('store nothing that the registry refuses', async () => {
    const [home, { host }] = [await tempFolder(), await guarded()];
    const given = { home, input: 'wrong\n' };
    const { code, stderr, stdout } = await runMain(
      ['login', host, '-u', 'ann', '--password-stdin', '--debug'],
      given,
    );
    expect([code, stdout]).toEqual([4, '']);
    expect(stderr).toContain('the user name or the password is not right');
    expect(stderr).not.toContain('wrong\n');
    await expect(stored(home)).rejects.toThrow('ENOENT');
  });
});

describe('login refuses', () => {
  it.each([
    [['-p', 'hunter2', 'a.com'], 'a password is not taken from the command line'],
    [['a.com', '-phunter2'], 'a password is not taken from the command line'],
    [['a.com', '--password=hunter2'], 'a password is not taken from the command line'],
    [['-p', 'hunter2'], 'a password is not taken from the command line'],
    [[], 'the registry is missing'],
    [['https://ann:hunter2@a.com'], 'does not belong there'],
    [['a.com'], 'there is no terminal to ask for the password on'],
    [['a.com', '-u', 'ann'], 'there is no terminal to ask for the password on'],
    [['a.com', '--password-stdin'], '--password-stdin needs the user name, too'],
    [['a.com', '-u', 'a:b', '--password-stdin'], 'a user name can not hold a colon'],
    [['a.com', '-u', '', '--password-stdin'], 'the user name is empty'],
    [['a.com', '-u', 'ann', '--password-stdin'], 'the password is empty'],
  ])('%j', async (args, why) => {
    const { code, stderr, stdout } = await runMain(['login', ...args], {
      home: await tempFolder(),
    });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(why);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('logout', () => {
  it('wants a registry', async () => {
    expect((await runMain(['logout'], { home: await tempFolder() })).code).toBe(2);
  });
});
