import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, type TestContext } from 'vitest';
import { ZipFile } from 'yazl';
import { extractPackage, hashPackage, hashTree, inspectPackage } from './index.ts';

/** Archives as the programs make them that providers are really packed with. */

const run = promisify(execFile);
const executable = 'terraform-provider-null_v3.2.4_x5';

let folder: string;
let original: string;
let target: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tofu-oci-producers-'));
  original = join(folder, 'original');
  target = join(folder, 'target');
  await mkdir(join(original, 'docs/deep'), { recursive: true });
  await mkdir(target, { mode: 0o700 });
  await writeFile(join(original, executable), 'program '.repeat(20_000));
  await chmod(join(original, executable), 0o755);
  await writeFile(join(original, 'README.md'), 'read me');
  await writeFile(join(original, 'docs/deep/\u00fcber.md'), 'deep');
  await writeFile(join(original, 'empty'), '');
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Runs a program of the machine; when it is not there the test is reported as skipped. */
async function produce(
  context: TestContext,
  command: string,
  args: readonly string[],
): Promise<void> {
  try {
    await run(command, args, { cwd: original });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      context.skip(`${command} is not on PATH`);
    }
    throw error;
  }
}

async function checkAccepted(zip: string): Promise<void> {
  const summary = await extractPackage(createReadStream(zip), target);
  expect(summary.h1OfTree).toBe(await hashTree(original));
  expect(await hashTree(target)).toBe(summary.h1OfTree);
  expect(await hashPackage(zip)).toEqual(summary);
  expect((await stat(join(target, executable))).mode & 0o777).toBe(0o755);
  expect((await stat(join(target, 'README.md'))).mode & 0o777).toBe(0o644);
}

describe.skipIf(process.platform === 'win32')('a package is accepted that was made by', () => {
  for (const [what, args] of [
    ['the best compression', ['-9', '-X', '-r']],
    ['the fastest compression, with owners and times', ['-1', '-r']],
    ['no compression', ['-0', '-r']],
    ['no folder entries', ['-D', '-r']],
    ['data descriptors', ['-fd', '-r']],
    ['zip64 records', ['-fz', '-r']],
  ] as const) {
    it(`zip with ${what}`, async (context) => {
      const zip = join(folder, 'made.zip');
      await produce(context, 'zip', ['-q', ...args, zip, '.']);
      await checkAccepted(zip);
    });
  }

  it('zip into a pipe', async (context) => {
    const zip = join(folder, 'made.zip');
    await produce(context, 'sh', [
      '-c',
      `command -v zip >/dev/null || exit 0; zip -q -r - . | cat > '${zip}'`,
    ]);
    const made = await stat(zip).catch(() => undefined);
    if (made === undefined) context.skip('zip is not on PATH');
    await checkAccepted(zip);
  });

  const python = `
import os, sys, zipfile
out, compression, mode = sys.argv[1], int(sys.argv[2]), sys.argv[3]
target = sys.stdout.buffer if mode == 'pipe' else out
if mode == 'pipe':
    class Pipe:
        def __init__(self, f): self.f = f
        def write(self, b): return self.f.write(b)
        def flush(self): self.f.flush()
    f = open(out, 'wb'); target = Pipe(f)
with zipfile.ZipFile(target, 'w', compression) as z:
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
  for (const [what, compression, mode] of [
    ['explicit folders, deflated', '8', 'file'],
    ['explicit folders, stored', '0', 'file'],
    ['zip64 forced', '8', 'zip64'],
    ['deflated into a pipe', '8', 'pipe'],
    ['stored into a pipe', '0', 'pipe'],
  ] as const) {
    it(`python3 zipfile: ${what}`, async (context) => {
      const zip = join(folder, 'made.zip');
      await produce(context, 'python3', ['-c', python, zip, compression, mode]);
      await checkAccepted(zip);
    });
  }

  const goProgram = `package main
import ("archive/zip"; "io"; "io/fs"; "os"; "path/filepath")
func main() {
	f, _ := os.Create(os.Args[1])
	w := zip.NewWriter(f)
	filepath.Walk(".", func(p string, info fs.FileInfo, err error) error {
		if err != nil || p == "." { return err }
		h, _ := zip.FileInfoHeader(info)
		h.Name = p
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
	w.Close()
	f.Close()
}
`;
  it.skipIf(process.env.TOFU_OCI_TEST_GO !== '1')(
    'Go archive/zip, as goreleaser does (compiles; set TOFU_OCI_TEST_GO=1)',
    async (context) => {
      await writeFile(join(folder, 'main.go'), goProgram);
      for (const method of ['deflate', 'store']) {
        const zip = join(folder, `${method}.zip`);
        await produce(context, 'go', ['run', join(folder, 'main.go'), zip, method]);
        await rm(target, { recursive: true });
        await mkdir(target, { mode: 0o700 });
        await checkAccepted(zip);
      }
    },
  );

  it.each([{}, { forceZip64Format: true }])('yazl, streamed: %j', async (zip64) => {
    const zip = new ZipFile();
    zip.addEmptyDirectory('docs');
    for (const name of ['empty', 'README.md', 'docs/deep/\u00fcber.md', executable]) {
      const mode = name === executable ? 0o100755 : 0o100644;
      zip.addReadStream(createReadStream(join(original, name)), name, { mode, ...zip64 });
    }
    zip.end({ comment: '', forceZip64Format: false, ...zip64 });
    const path = join(folder, 'made.zip');
    await writeFile(path, zip.outputStream as AsyncIterable<Buffer>);
    await checkAccepted(path);
    const stored = new ZipFile();
    stored.addReadStream(Readable.from([await readFile(path)]), 'inner.zip', {
      compress: false,
      mode: 0o100644,
    });
    stored.end();
    const outer = await inspectPackage(Readable.from(stored.outputStream), {
      spoolFolder: dirname(path),
    });
    expect(outer.entries.map(({ name }) => name)).toEqual(['inner.zip']);
  });
});
