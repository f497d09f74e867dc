import { isAbsolute, posix, sep } from 'node:path';
import { quoted } from '../base/index.ts';

/** Why a text names no package. */
export interface WrongPackage {
  readonly why: string;
  /** It looks like a path that lacks its `./`. */
  readonly maybeLocal: boolean;
}

/**
 * A package's address from its subfolder: `ADDRESS//SUBFOLDER?QUERY`. The slashes after a scheme do not
 * count, and what stands after the question mark belongs to the address.
 */
export function splitSubfolder(text: string): {
  readonly address: string;
  readonly subfolder: string;
} {
  const query = text.indexOf('?');
  const stop = query < 0 ? text.length : query;
  const scheme = text.slice(0, stop).indexOf('://');
  const at = text.slice(0, stop).indexOf('//', scheme < 0 ? 0 : scheme + 3);
  if (at < 0) return { address: text, subfolder: '' };
  const subfolder = text.slice(at + 2, stop);
  return {
    address: text.slice(0, at) + text.slice(stop),
    subfolder: subfolder === '' ? '' : trimSlash(posix.normalize(subfolder)),
  };
}

/**
 * The full address of what a short one names (`github.com/a/b`), in the spelling that modules.json has; a URL is
 * one already. The rules are those of go-getter 1.8, with the schemes that OpenTofu 1.12 knows.
 */
export function normalizePackage(given: string): { readonly text: string } | WrongPackage {
  const { address, subfolder } = splitSubfolder(given);
  const outside = (path: string): WrongPackage | undefined =>
    path.startsWith('../')
      ? {
          why: `subdirectory path ${quoted(path)} leads outside of the module package`,
          maybeLocal: false,
        }
      : undefined;
  const detected = detect(address);
  if ('why' in detected) return outside(subfolder) ?? detected;
  const full = splitSubfolder(detected.text);
  const inside = trimSlash(posix.join(full.subfolder, subfolder));
  const path = full.subfolder === '' && subfolder === '' ? '' : inside;
  const wrong = outside(subfolder) ?? outside(path);
  if (wrong !== undefined) return wrong;
  if (path === '') return { text: full.address };
  const [base = '', ...query] = full.address.split('?');
  const tail = query.length === 0 ? '' : `?${query.join('?')}`;
  return { text: `${base}//${path}${tail}` };
}

type Detector = (text: string) => { readonly text: string } | WrongPackage | undefined;

function detect(given: string): { readonly text: string } | WrongPackage {
  const [, forced, bare = given] = /^([A-Za-z0-9]+)::(.+)$/su.exec(given) ?? [];
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/u.test(bare)) return { text: given };
  for (const detector of detectors) {
    const found = detector(bare);
    if (found === undefined) continue;
    if ('why' in found || forced === undefined) return found;
    return { text: `${forced}::${found.text.replace(/^[A-Za-z0-9]+::/u, '')}` };
  }
  return {
    why: `OpenTofu cannot detect a supported external module source type for ${given}`,
    maybeLocal: true,
  };
}

const detectors: readonly Detector[] = [gitHub, gitOverSsh, bitBucket, googleStorage, s3, folder];

function gitHub(text: string): ReturnType<Detector> {
  if (!text.startsWith('github.com/')) return undefined;
  const [address = '', ...query] = text.split('?');
  const [host, owner, name, ...more] = address.split('/');
  if (owner === undefined || name === undefined) {
    return { why: 'GitHub URLs should be github.com/username/repo', maybeLocal: false };
  }
  const repository = name.endsWith('.git') ? name : `${name}.git`;
  const path = more.length === 0 ? '' : `//${more.join('/')}`;
  const tail = query.length === 0 || query.join('?') === '' ? '' : `?${query.join('?')}`;
  return {
    text: `git::https://${host ?? ''}/${escaped(`${owner}/${repository}${path}`)}${tail}`,
  };
}

/** `git@HOST:PATH`: with another user it could be anything. */
function gitOverSsh(text: string): ReturnType<Detector> {
  const [, host, rest = ''] = /^git@([^:]+):\/?(.+)$/su.exec(text) ?? [];
  if (host === undefined) return undefined;
  const [path = '', ...query] = rest.split('?');
  const parameters = new URLSearchParams(query.join('?'));
  parameters.sort();
  const tail = query.length === 0 ? '' : `?${parameters.toString()}`;
  return { text: `git::ssh://git@${host}/${escaped(path)}${tail}` };
}

/** OpenTofu asks the service what kind of repository it is; for years there have been none but Git's. */
function bitBucket(text: string): ReturnType<Detector> {
  if (!text.startsWith('bitbucket.org/')) return undefined;
  const [path = '', ...query] = text.split('?');
  const repository = path.endsWith('.git') ? path : `${path}.git`;
  const tail = query.length === 0 ? '' : `?${query.join('?')}`;
  return { text: `git::https://${escaped(repository)}${tail}` };
}

function googleStorage(text: string): ReturnType<Detector> {
  if (!text.includes('.googleapis.com/')) return undefined;
  const [, , version, bucket, ...object] = text.split('/');
  if (version === undefined || bucket === undefined || object.length === 0) {
    return { why: 'URL is not a valid GCS URL', maybeLocal: false };
  }
  return {
    text: `gcs::https://www.googleapis.com/storage/${version}/${bucket}/${object.join('/')}`,
  };
}

function s3(text: string): ReturnType<Detector> {
  if (!text.includes('.amazonaws.com/')) return undefined;
  const [host = '', ...path] = text.split('/');
  const names = host.split('.');
  const [first = '', second = '', third = ''] = names;
  const object = path.join('/');
  const at = (place: string): { readonly text: string } => ({
    text: `s3::https://${place}/${object}`,
  });
  if (names.length === 3) return at(`${first}.amazonaws.com`);
  if (names.length === 4) return at(`${second}.amazonaws.com/${first}`);
  if (names.length === 5 && second === 's3') return at(`s3.${third}.amazonaws.com/${first}`);
  return { why: 'URL is not a valid S3 URL', maybeLocal: false };
}

function folder(text: string): ReturnType<Detector> {
  if (!isAbsolute(text)) return undefined;
  return { text: `file:///${text.replaceAll(sep, '/').replace(/^\//u, '')}` };
}

/** Half a surrogate pair, which JSON can have, is no text that could be escaped. */
function escaped(text: string): string {
  return encodeURI(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
}

function trimSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/$/u, '') : path;
}
