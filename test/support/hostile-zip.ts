import { buildZip, type ZipEntry } from './zips.ts';

/** An archive that must be refused, and how. */
export interface HostileZip {
  readonly title: string;
  readonly build: () => Buffer;
  readonly code: string;
  /** The literal in the error's `reason`, `what`, `feature` or `limit` field. */
  readonly detail?: string;
  /** Much is unpacked before the limit is met. */
  readonly heavy?: true;
}

export const program: ZipEntry = {
  name: 'terraform-provider-null_v3.2.4_x5',
  content: 'program '.repeat(40),
  mode: 0o100755,
};
export const readme: ZipEntry = { name: 'README.md', content: 'read me' };

export function entry(
  code: string,
  reason: string,
  title: string,
  ...entries: ZipEntry[]
): HostileZip {
  return { title, build: () => buildZip([program, ...entries]), code, detail: reason };
}

export function name(reason: string, title: string, ...names: (string | Buffer)[]): HostileZip {
  const entries = names.map((text) => ({
    name: text,
    content: text.toString().endsWith('/') ? '' : 'x',
  }));
  return entry('ERR_ARCHIVE_HOSTILE_ENTRY', reason, title, ...entries);
}

export function inconsistent(what: string, title: string, build: () => Buffer): HostileZip {
  return { title, build, code: 'ERR_ARCHIVE_INCONSISTENT', detail: what };
}

export function unsupported(feature: string, title: string, build: () => Buffer): HostileZip {
  return { title, build, code: 'ERR_ARCHIVE_UNSUPPORTED', detail: feature };
}

export function limit(which: string, title: string, build: () => Buffer): HostileZip {
  return { title, build, code: 'ERR_ARCHIVE_LIMIT', detail: which };
}

export function notAZip(title: string, build: () => Buffer): HostileZip {
  return { title, build, code: 'ERR_ARCHIVE_NOT_A_ZIP' };
}

export const heavy = (zip: HostileZip): HostileZip => ({ ...zip, heavy: true });

export function truncated(title: string, build: () => Buffer): HostileZip {
  return { title, build, code: 'ERR_ARCHIVE_TRUNCATED' };
}
