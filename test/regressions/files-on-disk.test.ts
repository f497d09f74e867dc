import { execFileSync } from 'node:child_process';
import { link, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { extractPackage } from '../../src/archive/index.ts';
import {
  bytesSource,
  createMemoryRepository,
  openArchive,
  openLayoutRepository,
} from '../../src/content/index.ts';
import { mediaTypes } from '../../src/spec/index.ts';
import { failureOf } from '../support/http-client.ts';
import { makeProviderZip } from '../support/release-folder.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { buildZip, type ZipEntry } from '../support/zips.ts';

const secret = Buffer.from('the secret of the reader');
const blob = bytesSource(secret, 'text/plain');
const hex = blob.descriptor.digest.slice('sha256:'.length);
const canLink = process.platform !== 'win32';

/** A layout with one blob and one tag in it. */
async function makeLayout(): Promise<{ readonly layout: string; readonly file: string }> {
  const layout = join(await tempFolder(), 'layout');
  const repository = await openLayoutRepository(layout, { mode: 'create' });
  await repository.push(blob);
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] };
  const source = bytesSource(Buffer.from(JSON.stringify(index)), mediaTypes.index);
  await repository.push(source);
  const { bytes, descriptor } = await repository.readManifest(source.descriptor.digest);
  await repository.tag({ bytes, descriptor }, '1.0.0');
  await repository.close();
  return { layout, file: join(layout, 'blobs', 'sha256', hex) };
}

describe.skipIf(!canLink)('12. a link in an image layout (ggcr #2306)', () => {
  it('is not read through, even to the right bytes', async () => {
    const { file, layout } = await makeLayout();
    const outside = join(await tempFolder(), 'outside');
    await writeFile(outside, secret);
    await rm(file);
    await symlink(outside, file);
    const repository = await openLayoutRepository(layout, { mode: 'read' });
    const error = await failureOf(repository.fetch(blob.descriptor).then(buffer));
    expect(error).toMatchObject({ code: 'ERR_CONTENT_LAYOUT_CORRUPT' });
    await repository.close();
  });

  it('may be a hard one, which is the file itself', async () => {
    const { file, layout } = await makeLayout();
    const other = join(await tempFolder(), 'other');
    await link(file, other);
    await rm(file);
    await link(other, file);
    const repository = await openLayoutRepository(layout, { mode: 'read' });
    const bytes = await buffer(await repository.fetch(blob.descriptor));
    expect(bytes.equals(secret)).toBe(true);
    await repository.close();
  });
});

describe.skipIf(!canLink)('12. links in a tar (oras-go GHSA-fxhp-mv3v-67qp)', () => {
  /** The layout, packed by the tar of this machine. */
  function pack(layout: string): string {
    const path = `${layout}.tar`;
    execFileSync('tar', ['-cf', path, '-C', layout, 'oci-layout', 'index.json', 'blobs']);
    return path;
  }

  it.each([
    ['symbolic', symlink],
    ['hard', link],
  ])('are refused when they are %s', async (_, make) => {
    const { file, layout } = await makeLayout();
    await make(make === link ? file : '/etc/passwd', join(layout, 'blobs', 'sha256', 'z'));
    expect(await failureOf(openArchive(pack(layout)))).toMatchObject({
      code: 'ERR_CONTENT_ARCHIVE_CORRUPT',
    });
  });

  it('are not needed for a good one', async () => {
    const { layout } = await makeLayout();
    const archive = await openArchive(pack(layout));
    // It was read to its end; what is tagged in it names no registry.
    expect(archive.repositories()).toEqual([]);
    await archive.close();
  });
});

describe('12. links in a package (oras-go GHSA-m37j-52j7-pjw7, GHSA-8xwf-rjm4-xvhv, ggcr #2227, #2241, #2250)', () => {
  const program: ZipEntry = { name: 'terraform-provider-x_v1', content: 'x', mode: 0o100755 };
  const hostile: readonly (readonly [string, readonly ZipEntry[]])[] = [
    ['a link', [{ name: 'a', content: '/etc/passwd', mode: 0o120777 }]],
    [
      'a link, and a file behind it',
      [
        { name: 'a', content: '../outside', mode: 0o120777 },
        { name: 'a/b', content: 'x' },
      ],
    ],
    [
      'a chain of links',
      [
        { name: 'a', content: 'b', mode: 0o120777 },
        { name: 'b', content: '..', mode: 0o120777 },
        { name: 'a/outside', content: 'x' },
      ],
    ],
    ['a way up', [{ name: '../outside', content: 'x' }]],
    ['a way up from below', [{ name: 'a/../../outside', content: 'x' }]],
    ['an absolute name', [{ name: '/tmp/outside', content: 'x' }]],
    ['a backslash', [{ name: '..\\outside', content: 'x' }]],
    [
      'a file where a folder is needed',
      [
        { name: 'a', content: 'x' },
        { name: 'a/b', content: 'x' },
      ],
    ],
  ];

  it.each(hostile)('are refused: %s', async (_, entries) => {
    const folder = await tempFolder();
    const target = join(folder, 'target');
    await mkdir(target);
    const zip = Readable.from([buildZip([program, ...entries])], { objectMode: false });
    expect(await failureOf(extractPackage(zip, target))).toMatchObject({
      code: 'ERR_ARCHIVE_HOSTILE_ENTRY',
    });
    expect(await readdir(folder, { recursive: true })).toEqual(['target']);
  });

  it.each([
    [
      'dots in names',
      [
        { name: 'a..b', content: '1' },
        { name: '.config', content: '2' },
      ],
    ],
    ['names that only begin like a way up', [{ name: '..a', content: '1' }]],
    [
      'folders',
      [
        { name: 'docs/', content: '' },
        { name: 'docs/a/b.md', content: '1' },
      ],
    ],
    ['spaces and letters of all kinds', [{ name: 'läs mig.txt', content: '1' }]],
  ] satisfies [string, ZipEntry[]][])('keep no good archive out: %s', async (_, entries) => {
    const target = await tempFolder();
    const zip = Readable.from([buildZip([program, ...entries])], { objectMode: false });
    await extractPackage(zip, target);
    for (const { content, name } of entries) {
      if (name.endsWith('/')) continue;
      expect(await readFile(join(target, name), 'utf8')).toBe(content);
    }
  });

  it('keep no package out that a release tool made', async () => {
    const target = await tempFolder();
    const bytes = await makeProviderZip({ type: 'x', version: '1.0.0' }, 'linux_amd64');
    await extractPackage(Readable.from([bytes], { objectMode: false }), target);
    expect((await readdir(target)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'terraform-provider-x_v1.0.0',
    ]);
  });
});

describe('12. a title that is a path (oras-go GHSA-8xwf-rjm4-xvhv)', () => {
  it('names no file: content is known by its digest', async () => {
    const layout = join(await tempFolder(), 'layout');
    const repository = await openLayoutRepository(layout, { mode: 'create' });
    const from = createMemoryRepository('from');
    await from.push(blob);
    const annotations = { 'org.opencontainers.image.title': '../../outside' };
    await repository.push({
      descriptor: { ...blob.descriptor, annotations },
      open: () => from.fetch(blob.descriptor),
    });
    await repository.close();
    expect(await readdir(join(layout, 'blobs', 'sha256'))).toEqual([hex]);
    expect(await readdir(join(layout, '..'))).toEqual(['layout']);
  });
});
