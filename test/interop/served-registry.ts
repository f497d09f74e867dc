import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findPeer } from '../support/peers.ts';
import { makeReleaseFolder, type ReleaseFolder } from '../support/release-folder.ts';
import { startServe } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { hostPlatform, runPeer } from './peer-commands.ts';

export const htpasswd = findPeer('htpasswd');
export const address = 'registry.opentofu.org/acme/thing';
const platforms = [...new Set(['darwin_arm64', hostPlatform])].sort();
export const user = 'ann';
export const password = 'correct horse';

/** A registry of ours in a process of its own, and a release of `thing` in `folder`/dist to publish there. */
export interface Setting {
  readonly folder: string;
  readonly release: ReleaseFolder;
  readonly host: string;
  readonly location: string;
  readonly caFile: string;
}

async function makeRelease(folder: string): Promise<ReleaseFolder> {
  return await makeReleaseFolder(join(folder, 'dist'), {
    type: 'thing',
    version: '1.2.3',
    platforms,
  });
}

/** A registry over TLS that asks for a password, which Apache's htpasswd wrote. */
export async function startGuarded(): Promise<Setting> {
  const folder = await tempFolder();
  await runPeer(htpasswd, ['-Bbc', 'users', user, password], { cwd: folder });
  const tls = join(folder, 'tls');
  const args = [join(folder, 'registry'), '--listen', '127.0.0.1:0', '--tls-self-signed', tls];
  const { hosts } = await startServe([...args, '--htpasswd', join(folder, 'users')], {
    cwd: folder,
  });
  const host = hosts[0] ?? '';
  return {
    folder,
    release: await makeRelease(folder),
    host,
    location: `${host}/tf/{hostname}/{namespace}/{type}`,
    caFile: join(tls, 'ca.crt'),
  };
}

/** A registry for everyone on this machine, over plain HTTP. */
export async function startOpen(): Promise<Setting> {
  const folder = await tempFolder();
  const args = [join(folder, 'registry'), '--listen', '127.0.0.1:0'];
  const { hosts } = await startServe(args, { cwd: folder });
  const host = hosts[0] ?? '';
  return {
    folder,
    release: await makeRelease(folder),
    host,
    location: `${host}/tf/{hostname}/{namespace}/{type}`,
    caFile: '',
  };
}

/** A folder for DOCKER_CONFIG with the right login for `host`. */
export async function writeDockerConfig(folder: string, host: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const auth = Buffer.from(`${user}:${password}`).toString('base64');
  await writeFile(join(folder, 'config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
  return folder;
}
