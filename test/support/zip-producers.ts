import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { GoodTree } from './good-zips.ts';
import { findPeer } from './peers.ts';

/** A program of this machine that makes zips. */
export interface ZipProducer {
  readonly title: string;
  /** False where it does not record which files are programs. */
  readonly keepsModes: boolean;
  readonly pack: (folder: string, zip: string) => Promise<void>;
}

const run = promisify(execFile);
const env = { ...process.env, LC_ALL: 'C.UTF-8' };

function program(
  name: string,
  args: (zip: string) => readonly string[],
  title: string,
): ZipProducer {
  return {
    title: `${name} ${title}`,
    keepsModes: name !== 'jar',
    pack: async (folder, zip) => {
      await run(name, args(zip), { cwd: folder, env });
    },
  };
}

const infoZip = (title: string, ...options: string[]): ZipProducer =>
  program('zip', (zip) => ['-q', '-r', ...options, zip, '.'], title);

const pythonScript = `
import os, sys, zipfile
out, compression, level, mode = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
class Pipe:
    def __init__(self, f): self.f = f
    def write(self, b): return self.f.write(b)
    def flush(self): self.f.flush()
target = Pipe(open(out, 'wb')) if mode == 'pipe' else out
with zipfile.ZipFile(target, 'w', compression, compresslevel=level if compression else None) as z:
    z.comment = b'made by python'
    for root, dirs, files in os.walk('.'):
        for name in sorted(dirs) + sorted(files):
            path = os.path.relpath(os.path.join(root, name), '.')
            if mode == 'zip64' and os.path.isfile(path):
                info = zipfile.ZipInfo.from_file(path)
                info.compress_type = compression
                with z.open(info, 'w', force_zip64=True) as entry:
                    entry.write(open(path, 'rb').read())
            else:
                z.write(path)
`;
const python = (title: string, ...options: string[]): ZipProducer =>
  program('python3', (zip) => ['-c', pythonScript, zip, ...options], title);

const goScript = `package main
import ("archive/zip"; "io"; "io/fs"; "os"; "path/filepath")
func main() {
	f, _ := os.Create(os.Args[1])
	w := zip.NewWriter(f)
	w.SetComment("made by Go")
	err := filepath.Walk(".", func(p string, info fs.FileInfo, err error) error {
		if err != nil || p == "." { return err }
		h, _ := zip.FileInfoHeader(info)
		h.Name = p
		if os.Args[2] == "bare" { h = &zip.FileHeader{Name: p} ; h.SetMode(info.Mode()) }
		h.Method = zip.Deflate
		if info.IsDir() { h.Name += "/" ; _, err := w.CreateHeader(h); return err }
		if os.Args[2] == "store" { h.Method = zip.Store }
		e, err := w.CreateHeader(h)
		if err != nil { return err }
		r, err := os.Open(p)
		if err != nil { return err }
		defer r.Close()
		_, err = io.Copy(e, r)
		return err
	})
	if err != nil { panic(err) }
	if w.Close() != nil || f.Close() != nil { panic("close") }
}
`;

/** Compiles what calls Go's own archive/zip, as goreleaser does. */
async function goProducers(folder: string): Promise<readonly ZipProducer[]> {
  await mkdir(folder);
  await writeFile(join(folder, 'main.go'), goScript);
  const binary = join(folder, 'pack');
  await run('go', ['build', '-o', binary, 'main.go'], { cwd: folder });
  return ['deflate', 'store', 'bare'].map((mode) => ({
    title: `Go archive/zip, ${mode}`,
    keepsModes: true,
    pack: async (from, zip) => {
      await run(binary, [zip, mode], { cwd: from });
    },
  }));
}

const producers: readonly (readonly [string, readonly ZipProducer[]])[] = [
  [
    'zip',
    [
      infoZip('with the best compression', '-9', '-X'),
      infoZip('with the fastest compression', '-1'),
      infoZip('at level 6', '-6'),
      infoZip('without compression', '-0'),
      infoZip('without folders', '-D'),
      infoZip('with data descriptors', '-fd'),
      infoZip('with zip64 records', '-fz'),
    ],
  ],
  [
    'python3',
    [
      python('zipfile, deflated', '8', '6', 'file'),
      python('zipfile, at level 1', '8', '1', 'file'),
      python('zipfile, at level 9', '8', '9', 'file'),
      python('zipfile, stored', '0', '0', 'file'),
      python('zipfile, zip64', '8', '6', 'zip64'),
      python('zipfile, deflated into a pipe', '8', '6', 'pipe'),
      python('zipfile, stored into a pipe', '0', '0', 'pipe'),
    ],
  ],
  [
    'jar',
    [
      program('jar', (zip) => ['cMf', zip, '.'], 'deflated'),
      program('jar', (zip) => ['c0Mf', zip, '.'], 'stored'),
    ],
  ],
];

/**
 * The producers on this machine.
 * @param compiled a new folder for what Go compiles, which takes seconds; undefined to go without
 */
export async function findProducers(compiled?: string): Promise<readonly ZipProducer[]> {
  const found = producers
    .filter(([name]) => findPeer(name).path !== undefined)
    .flatMap(([, list]) => list);
  if (compiled === undefined || findPeer('go').path === undefined) return found;
  return [...found, ...(await goProducers(compiled))];
}

export async function packWith(
  producer: ZipProducer,
  paths: { readonly folder: string; readonly zip: string },
): Promise<Buffer> {
  await producer.pack(paths.folder, paths.zip);
  return await readFile(paths.zip);
}

export async function writeTree({ files }: GoodTree, folder: string): Promise<void> {
  for (const [name, { bytes, executable }] of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    await chmod(path, executable ? 0o755 : 0o644);
  }
}
