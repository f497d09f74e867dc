import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Why no file system can be mounted here; undefined when one can. */
export function whyNoSmallDisk(): string | undefined {
  if (process.platform !== 'linux') return `no tmpfs on ${process.platform}`;
  if (process.getuid?.() !== 0) return 'only root may mount a tmpfs';
  try {
    unmount(mount(1));
    return undefined;
  } catch {
    return 'mounting a tmpfs is not permitted';
  }
}

/** An empty file system of so many MiB; gone when the test ends. */
export function smallDisk(mebibytes: number): string {
  const folder = mount(mebibytes);
  onTestFinished(() => unmount(folder));
  return folder;
}

/** Leaves so many KiB of a disk free. @returns the file to remove to give the rest back */
export async function fill(disk: string, freeKibibytes: number): Promise<string> {
  const file = join(disk, 'ballast');
  const { bavail, bsize } = await statfs(disk);
  await writeFile(file, Buffer.alloc(bavail * bsize - freeKibibytes * 1024));
  return file;
}

function mount(mebibytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'tofu-oci-disk-'));
  try {
    const options = `size=${String(mebibytes)}m,mode=0755`;
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
  return folder;
}

function unmount(folder: string): void {
  // Lazily: a server that is being killed may still hold a file.
  execFileSync('umount', ['-l', folder], { stdio: 'pipe' });
  rmSync(folder, { recursive: true });
}
