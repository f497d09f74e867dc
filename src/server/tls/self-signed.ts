import { createPrivateKey, randomUUID, X509Certificate } from 'node:crypto';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import {
  type Clock,
  errnoOf,
  FileAccessError,
  type Files,
  makeFolders,
  nodeFiles,
  syncFolder,
  systemClock,
} from '../../base/index.ts';
import { acquireLock, type StoreLock, StoreLockedError } from '../../content/index.ts';
import { TlsFolderError } from '../errors.ts';
import { certificateHosts, hostKey, hostKeysOf, hostsOf } from './hosts.ts';
import { type CertificateFiles, makeCertificates } from './make-certificates.ts';

/** What a listener needs, and where a client finds what to trust. */
export interface TlsMaterial {
  /** PEM: certificate, then its chain. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** The authority to trust, when it is one that we made. */
  readonly caFile?: string | undefined;
  /** The authority was made just now, in place of another that clients may trust. */
  readonly replaced?: boolean | undefined;
}

export interface SelfSignedOptions {
  /** Host names and addresses besides the loopback ones. */
  readonly hosts: readonly string[];
  /**
   * More of them, for the case that a certificate is made: addresses come and go, and a new authority
   * has to be trusted anew everywhere.
   */
  readonly also?: readonly string[] | undefined;
  /** The folder being served, if any; the certificates may not lie in it. */
  readonly servedFolder: string | undefined;
  readonly clock?: Clock | undefined;
  readonly files?: Files | undefined;
}

const names = { ca: 'ca.crt', chain: 'server.crt', key: 'server.key' } as const;

/** Making certificates takes a tenth of a second; whoever takes longer than all waits has stopped. */
const waitMs = 50;
const maxWaits = 200;

/** With less time left than this a certificate is made anew at start. */
const renewBeforeMs = 7 * 24 * 60 * 60 * 1000;

/**
 * The development certificate in `folder` (`ca.crt`, `server.crt`, `server.key`): the one that is there
 * while it is valid for more than a week and names every host, else a new one with a new authority. The
 * new one names the hosts of the old one, too, so that two servers do not take turns in replacing it.
 * The key is readable by its owner only.
 * @throws TlsFolderError, TlsHostError, FileAccessError, StoreLockedError
 */
export async function selfSignedMaterial(
  folder: string,
  options: SelfSignedOptions,
): Promise<TlsMaterial> {
  const { clock = systemClock, files = nodeFiles } = options;
  const hosts = certificateHosts(options.hosts);
  const [place, served] = await Promise.all([
    realPlace(folder, files),
    options.servedFolder === undefined ? undefined : realPlace(options.servedFolder, files),
  ]);
  if (served !== undefined && isInside(place, served)) {
    throw new TlsFolderError(folder, options.servedFolder ?? served);
  }
  const caFile = join(folder, names.ca);
  try {
    const wanted = hosts.map(hostKey);
    const found = await readFiles(folder, files);
    if (found !== undefined && isUsable(found, wanted, clock.now())) {
      return await use(folder, found, files);
    }
    await makeFolders(files, folder, { mode: 0o700 });
    const lock = await whenFree(folder, files, clock);
    try {
      const foundNow = await readFiles(folder, files);
      if (foundNow !== undefined && isUsable(foundNow, wanted, clock.now())) {
        return await use(folder, foundNow, files);
      }
      const known = foundNow === undefined ? [] : hostsNamedIn(foundNow.chain);
      const made = await makeCertificates(
        certificateHosts([...options.hosts, ...(options.also ?? []), ...known]),
        clock.now(),
      );
      await writeAtomically(join(folder, names.key), made.key, 0o600, files);
      await writeAtomically(join(folder, names.chain), made.chain, 0o600, files);
      await writeAtomically(caFile, made.ca, 0o644, files);
      await syncFolder(files, folder);
      return { cert: made.chain, key: made.key, caFile, replaced: foundNow !== undefined };
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw new FileAccessError('keep the development certificate in', folder, error);
  }
}

async function use(folder: string, found: CertificateFiles, files: Files): Promise<TlsMaterial> {
  await files.chmod(join(folder, names.key), 0o600);
  return { cert: found.chain, key: found.key, caFile: join(folder, names.ca) };
}

/**
 * Servers that are started together take turns: of two that wrote their files at once, one would go on
 * with a certificate whose authority is not the one in the folder.
 */
async function whenFree(folder: string, files: Files, clock: Clock): Promise<StoreLock> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await acquireLock(files, { folder, lock: join(folder, '.lock') }, clock);
    } catch (error) {
      if (!(error instanceof StoreLockedError) || attempt === maxWaits) throw error;
      await clock.sleep(waitMs);
    }
  }
}

async function readFiles(folder: string, files: Files): Promise<CertificateFiles | undefined> {
  try {
    const [ca, chain, key] = await Promise.all(
      [names.ca, names.chain, names.key].map((name) => files.readFile(join(folder, name), 'utf8')),
    );
    return ca === undefined || chain === undefined || key === undefined
      ? undefined
      : { ca, chain, key };
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function hostsNamedIn(chain: string): readonly string[] {
  try {
    const hosts = hostsOf(new X509Certificate(chain).subjectAltName);
    certificateHosts(hosts);
    return hosts;
  } catch {
    // Unreadable, or not of our making.
    return [];
  }
}

/** Also false for files of which one is from another making: a crash may have come between them. */
function isUsable(found: CertificateFiles, wanted: readonly string[], now: number): boolean {
  try {
    const ca = new X509Certificate(found.ca);
    const server = new X509Certificate(found.chain);
    const covered = hostKeysOf(server.subjectAltName);
    return (
      [ca, server].every(({ validTo }) => Date.parse(validTo) - now > renewBeforeMs) &&
      [ca, server].every(({ validFrom }) => Date.parse(validFrom) <= now) &&
      server.verify(ca.publicKey) &&
      server.checkPrivateKey(createPrivateKey(found.key)) &&
      wanted.every((host) => covered.has(host))
    );
  } catch {
    // Unreadable as certificates: they are made anew.
    return false;
  }
}

async function writeAtomically(path: string, text: string, mode: number, files: Files) {
  const staged = join(dirname(path), `.${basename(path)}.${randomUUID()}`);
  try {
    const handle = await files.open(staged, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await files.rename(staged, path);
  } catch (error) {
    await files.rm(staged, { force: true });
    throw error;
  }
}

/** The path with every link in its existing part followed. */
async function realPlace(path: string, files: Files): Promise<string> {
  const absolute = resolve(path);
  try {
    return await files.realpath(absolute);
  } catch (error) {
    const parent = dirname(absolute);
    if (errnoOf(error) !== 'ENOENT' || parent === absolute) throw error;
    return join(await realPlace(parent, files), basename(absolute));
  }
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && way !== '..' && !/^\.\.[/\\]/u.test(way));
}
