import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import yazl from 'yazl';

export interface ReleaseFolderOptions {
  readonly type: string;
  readonly version: string;
  /** Default: three common ones. */
  readonly platforms?: readonly string[];
  /** Goes into the executable, so that two releases differ. */
  readonly salt?: string;
  readonly sums?: boolean;
  /** Executable source; default a script that says who it is. */
  readonly binary?: Buffer;
}

/** A provider package as release tools make it: executable, licence, readme. Deterministic. */
export async function makeProviderZip(
  options: Pick<ReleaseFolderOptions, 'type' | 'version' | 'salt' | 'binary'>,
  platform: string,
): Promise<Buffer> {
  const zip = new yazl.ZipFile();
  const mtime = new Date('2026-01-01T00:00:00Z');
  const suffix = platform.startsWith('windows_') ? '.exe' : '';
  const executable = `terraform-provider-${options.type}_v${options.version}${suffix}`;
  const script = `#!/bin/sh\n# ${options.type} ${options.version} ${platform} ${options.salt ?? ''}\nexit 1\n`;
  zip.addBuffer(Buffer.from('Apache-2.0\n'), 'LICENSE', { mtime, mode: 0o100644 });
  zip.addBuffer(Buffer.from(`# ${options.type}\n`), 'README.md', { mtime, mode: 0o100644 });
  zip.addBuffer(options.binary ?? Buffer.from(script), executable, { mtime, mode: 0o100755 });
  zip.end();
  return await buffer(zip.outputStream);
}

export interface ReleaseFolder {
  readonly folder: string;
  /** Platform to sha256 of its zip, in hex. */
  readonly hashes: ReadonlyMap<string, string>;
  readonly pathOf: (platform: string) => string;
}

/** A folder like goreleaser's `dist`, with SHA256SUMS unless told otherwise. */
export async function makeReleaseFolder(
  folder: string,
  options: ReleaseFolderOptions,
): Promise<ReleaseFolder> {
  await mkdir(folder, { recursive: true });
  const stem = `terraform-provider-${options.type}_${options.version}`;
  const pathOf = (platform: string): string => join(folder, `${stem}_${platform}.zip`);
  const hashes = new Map<string, string>();
  for (const platform of options.platforms ?? ['darwin_arm64', 'linux_amd64', 'windows_amd64']) {
    const bytes = await makeProviderZip(options, platform);
    await writeFile(pathOf(platform), bytes);
    hashes.set(platform, createHash('sha256').update(bytes).digest('hex'));
  }
  if (options.sums !== false) {
    const lines = [...hashes].map(([platform, hex]) => `${hex}  ${stem}_${platform}.zip\n`);
    await writeFile(join(folder, `${stem}_SHA256SUMS`), lines.sort().join(''));
  }
  return { folder, hashes, pathOf };
}
