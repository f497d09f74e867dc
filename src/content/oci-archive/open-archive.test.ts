import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { boundRepository } from '../../../test/support/bound-repository.ts';
import { storeSuite } from '../../../test/suites/store-suite.ts';
import { type FaultyFiles, faultyFiles } from '../../../test/support/faulty-files.ts';
import { tempFolder } from '../../../test/support/temp-folder.ts';
import { FileAccessError, InterruptedError } from '../../base/index.ts';
import {
  canonicalJson,
  type Descriptor,
  digestOf,
  emptyBlob,
  emptyDescriptor,
  mediaTypes,
} from '../../spec/index.ts';
import {
  ArchiveChangedError,
  ArchiveCorruptError,
  type BlobSource,
  bytesSource,
  copyGraph,
  CopyError,
  createMemoryRepository,
  draftArchive,
  type ManifestContent,
  manifestSource,
  openArchive,
  type PushOptions,
  RepositoryNotFoundError,
  StoreLockedError,
  StoreReadOnlyError,
  type TargetRepository,
} from '../index.ts';
import { formatTarHeader, paddingAfter } from './tar-header.ts';

const deferred = 'a blob is read when the archive is written';
storeSuite(
  'a repository in a draft of an archive',
  async () => {
    const draft = await draftArchive('/nowhere/draft.tar');
    return { repository: draft.repository('example.com/acme/null'), close: () => draft.close() };
  },
  {
    skips: {
      'takes a blob of many chunks and tells how far it is': deferred,
      'refuses content that is not what its descriptor says': deferred,
      'keeps nothing of content that broke off': deferred,
    },
  },
);

const repositoryName = 'example.com/acme/null';

interface PushedImage {
  readonly image: ManifestContent;
  readonly layer: Descriptor;
}

async function pushImage(
  to: TargetRepository,
  text: string,
  subject?: Descriptor,
): Promise<PushedImage> {
  const layer = bytesSource(Buffer.from(text), 'archive/zip');
  await to.push(layer);
  await to.push(bytesSource(emptyBlob(), mediaTypes.empty));
  const bytes = canonicalJson({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType: 'application/vnd.example',
    config: emptyDescriptor,
    layers: [layer.descriptor],
    ...(subject === undefined ? {} : { subject }),
  });
  const image = {
    bytes,
    descriptor: { mediaType: mediaTypes.manifest, digest: digestOf(bytes), size: bytes.length },
  };
  await to.push(manifestSource(image));
  return { image, layer: layer.descriptor };
}

function indexOf(...manifests: readonly Descriptor[]): ManifestContent {
  const bytes = canonicalJson({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });
  const { index: mediaType } = mediaTypes;
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

/** A release with two platforms and a referrer, as it would stand in a registry. */
async function release(version: string): Promise<{
  readonly from: TargetRepository;
  readonly index: ManifestContent;
  readonly referrer: ManifestContent;
}> {
  const from = createMemoryRepository('from');
  const one = await pushImage(from, `one of ${version}`);
  const two = await pushImage(from, `two of ${version}`);
  const index = indexOf(one.image.descriptor, two.image.descriptor);
  await from.push(manifestSource(index));
  const { image: referrer } = await pushImage(from, `about ${version}`, index.descriptor);
  return { from, index, referrer };
}

async function copyRelease(version: string, to: TargetRepository): Promise<void> {
  const { from, index, referrer } = await release(version);
  await copyGraph(from, to, index.descriptor);
  await copyGraph(from, to, referrer.descriptor);
  await to.tag(index, version);
}

async function writeArchiveOf(path: string, ...versions: readonly string[]): Promise<void> {
  const draft = await draftArchive(path);
  for (const version of versions) await copyRelease(version, draft.repository(repositoryName));
  expect(await draft.write()).toBe(true);
}

async function writeMore(path: string, version: string): Promise<void> {
  const draft = await draftArchive(path);
  await copyRelease(version, draft.repository(repositoryName));
  await draft.write();
}

async function list<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function failureOf(task: Promise<unknown>): Promise<unknown> {
  return await task.then(
    () => expect.fail('it should have failed'),
    (error: unknown) => error,
  );
}

describe('an archive', () => {
  it('gives back what was put into it: tags, indexes, referrers, blobs', async () => {
    const path = join(await tempFolder(), 'x.tar');
    await writeArchiveOf(path, '1.0.0', '1.1.0');
    const archive = await openArchive(path);
    try {
      expect(archive.repositories()).toEqual([repositoryName]);
      const repository = archive.repository(repositoryName);
      expect((await list(repository.tags())).sort()).toEqual(['1.0.0', '1.1.0']);
      const { index, referrer } = await release('1.1.0');
      expect((await repository.readManifest('1.1.0')).bytes).toEqual(index.bytes);
      const found = await list(repository.referrers(index.descriptor));
      expect(found.map(({ digest }) => digest)).toEqual([referrer.descriptor.digest]);
      const back = createMemoryRepository('back');
      await copyGraph(repository, back, index.descriptor);
      const layer = bytesSource(Buffer.from('two of 1.1.0'), 'archive/zip').descriptor;
      expect((await buffer(await back.fetch(layer))).toString()).toBe('two of 1.1.0');
    } finally {
      await archive.close();
    }
  });

  it('is the same, byte for byte, in whatever order and steps it was made', async () => {
    const folder = await tempFolder();
    const paths = ['at-once', 'reversed', 'in-steps'].map((name) => join(folder, name));
    await writeArchiveOf(paths[0]!, '1.0.0', '1.1.0', '2.0.0');
    await writeArchiveOf(paths[1]!, '2.0.0', '1.1.0', '1.0.0');
    for (const version of ['1.1.0', '2.0.0', '1.0.0']) await writeArchiveOf(paths[2]!, version);
    const [first, ...others] = await Promise.all(paths.map((path) => readFile(path)));
    for (const other of others) expect(other.equals(first!)).toBe(true);
    expect(await readdir(folder)).toHaveLength(3);
  });

  it('is left alone when there is nothing new', async () => {
    const path = join(await tempFolder(), 'x.tar');
    await writeArchiveOf(path, '1.0.0');
    const draft = await draftArchive(path);
    const repository = draft.repository(repositoryName);
    const { from, index } = await release('1.0.0');
    await copyGraph(from, repository, index.descriptor);
    await repository.tag(index, '1.0.0', { replaces: index.descriptor.digest });
    expect(await draft.write()).toBe(false);
    await draft.close();
  });

  it('drops what a moved tag leaves behind', async () => {
    const path = join(await tempFolder(), 'x.tar');
    await writeArchiveOf(path, '1.0.0');
    const draft = await draftArchive(path);
    const repository = draft.repository(repositoryName);
    await repository.push(bytesSource(Buffer.from('an orphan'), 'archive/zip'));
    await copyRelease('1.1.0', repository);
    await draft.write();
    const archive = await openArchive(path);
    const orphan = bytesSource(Buffer.from('an orphan'), 'archive/zip').descriptor;
    expect(await archive.repository(repositoryName).exists(orphan)).toBe(false);
    await archive.close();
  });

  it('keeps repositories apart by their names, and shares their contents', async () => {
    const path = join(await tempFolder(), 'x.tar');
    const draft = await draftArchive(path);
    const other = 'registry.example.com:5000/a/b';
    await copyRelease('1.0.0', draft.repository(repositoryName));
    await copyRelease('1.0.0', draft.repository(other));
    await copyRelease('2.0.0', draft.repository(other));
    await draft.write();
    const archive = await openArchive(path);
    expect(archive.repositories()).toEqual([repositoryName, other]);
    expect(await list(archive.repository(repositoryName).tags())).toEqual(['1.0.0']);
    expect((await list(archive.repository(other).tags())).sort()).toEqual(['1.0.0', '2.0.0']);
    const missing = failureOf(list(archive.repository('example.com/acme').tags()));
    expect(await missing).toBeInstanceOf(RepositoryNotFoundError);
    await archive.close();
  });

  it('tells how far each content is', async () => {
    const path = join(await tempFolder(), 'x.tar');
    const draft = await draftArchive(path);
    const repository = draft.repository(repositoryName);
    const text = 'a long text, '.repeat(400_000);
    const { layer } = await pushImage(repository, text);
    const seen: number[] = [];
    await draft.write({
      onProgress: (content, written) => {
        if (content.digest === layer.digest) seen.push(written);
      },
    });
    expect(seen.at(-1)).toBe(text.length);
  });

  it('is read-only when it was opened for reading', async () => {
    const path = join(await tempFolder(), 'x.tar');
    await writeArchiveOf(path, '1.0.0');
    const archive = await openArchive(path);
    const repository = archive.repository(repositoryName);
    const { index } = await release('1.0.0');
    const blob = bytesSource(Buffer.from('new'), 'archive/zip');
    expect(await failureOf(repository.push(blob))).toBeInstanceOf(StoreReadOnlyError);
    expect(await failureOf(repository.tag(index, 'x'))).toBeInstanceOf(StoreReadOnlyError);
    await archive.close();
  });
});

describe('writing an archive', () => {
  const wrong: readonly (readonly [string, string, unknown])[] = [
    ['is cut', 'hell', 'ERR_CONTENT_SIZE_MISMATCH'],
    ['goes on', 'hello!', 'ERR_CONTENT_SIZE_MISMATCH'],
    ['is other content', 'hallo', 'ERR_CONTENT_DIGEST_MISMATCH'],
  ];
  it.each(wrong)('leaves nothing behind when a source %s', async (_, text, code) => {
    const folder = await tempFolder();
    const path = join(folder, 'x.tar');
    await writeArchiveOf(path, '1.0.0');
    const before = await readFile(path);
    const draft = await draftArchive(path);
    const repository = draft.repository(repositoryName);
    const { descriptor } = bytesSource(Buffer.from('hello'), 'archive/zip');
    await repository.push({
      descriptor,
      open: () => Promise.resolve(Readable.from([Buffer.from(text)])),
    });
    await pushImage(repository, 'hello');
    const error = await failureOf(draft.write());
    expect(error).toBeInstanceOf(CopyError);
    expect(error).toMatchObject({ side: 'source', category: 'integrity', cause: { code } });
    expect((await readFile(path)).equals(before)).toBe(true);
    expect(await readdir(folder)).toEqual(['x.tar']);
    await draft.close();
  });

  it('stops when it is told to, and leaves nothing behind', async () => {
    const folder = await tempFolder();
    const draft = await draftArchive(join(folder, 'x.tar'));
    const controller = new AbortController();
    const repository = draft.repository(repositoryName);
    const { descriptor } = bytesSource(Buffer.from('endless'), 'archive/zip');
    await repository.push({
      descriptor,
      open: () => {
        controller.abort(new InterruptedError('the test'));
        return Promise.resolve(new Readable({ read: () => undefined }));
      },
    });
    await pushImage(repository, 'endless');
    const error = await failureOf(draft.write({ signal: controller.signal }));
    expect(error).toBeInstanceOf(InterruptedError);
    expect(await readdir(folder)).toEqual([]);
  });

  it('does not lose what another program wrote meanwhile', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'x.tar');
    const draft = await draftArchive(path);
    await copyRelease('1.0.0', draft.repository(repositoryName));
    await writeArchiveOf(path, '2.0.0');
    const error = await failureOf(draft.write());
    expect(error).toBeInstanceOf(ArchiveChangedError);
    expect(error).toMatchObject({ code: 'ERR_CONTENT_ARCHIVE_CHANGED', category: 'conflict' });
    expect(await readdir(folder)).toEqual(['x.tar']);
  });

  it('leaves the archive as it was, whatever step fails on a full disk', async () => {
    const folder = await tempFolder();
    const path = join(folder, 'x.tar');
    await writeArchiveOf(path, '1.0.0');
    const before = await readFile(path);
    const write = async (files: FaultyFiles): Promise<unknown> => {
      const draft = await draftArchive(path, { files: files.files });
      await copyRelease('2.0.0', draft.repository(repositoryName));
      const outcome = await draft.write().catch((error: unknown) => error);
      await draft.close();
      return outcome;
    };
    let steps = 0;
    for (let failing = 1; ; failing++) {
      const faulty = faultyFiles((count) => (count === failing ? 'ENOSPC' : undefined));
      const outcome = await write(faulty);
      if (outcome === true) break;
      steps += 1;
      expect(outcome, faulty.failed().join()).toMatchObject({ errno: 'ENOSPC' });
      // The last step makes the new name durable; the archive is in its place then.
      if (faulty.failed()[0]?.startsWith('sync ') === true && (await isNew())) break;
      expect((await readFile(path)).equals(before), faulty.failed().join()).toBe(true);
      expect(await readdir(folder)).toEqual(['x.tar']);
    }
    expect(steps).toBeGreaterThan(5);

    async function isNew(): Promise<boolean> {
      return !(await readFile(path)).equals(before);
    }
  });

  describe('that is continued', () => {
    const fails = (what: string, onlyFirst: boolean) => {
      let isBroken = true;
      const opened: Descriptor[] = [];
      const wrap = (to: TargetRepository): TargetRepository =>
        boundRepository(to, {
          push: (source: BlobSource, options?: PushOptions) =>
            to.push(
              {
                ...source,
                descriptor: source.descriptor,
                open: async (call) => {
                  if (source.descriptor.mediaType === 'archive/zip') opened.push(source.descriptor);
                  const stream = await source.open(call);
                  const text = (await buffer(stream)).toString();
                  if (isBroken && text.startsWith(what)) throw new Error('the line is dead');
                  return Readable.from([Buffer.from(text)]);
                },
              },
              options,
            ),
        });
      return {
        wrap,
        opened,
        mend: () => {
          isBroken = !onlyFirst;
        },
      };
    };

    async function drafted(path: string, wrap: (to: TargetRepository) => TargetRepository) {
      const draft = await draftArchive(path, { startsEmpty: true });
      for (const version of ['1.0.0', '1.1.0']) {
        const to = draft.repository(repositoryName);
        const { from, index, referrer } = await release(version);
        await copyGraph(from, wrap(to), index.descriptor);
        await copyGraph(from, wrap(to), referrer.descriptor);
        await to.tag(index, version);
      }
      return draft;
    }

    it('does not read again what is complete, and is the same to the last byte', async () => {
      const folder = await tempFolder();
      const [path, whole] = [join(folder, 'x.tar'), join(folder, 'whole.tar')];
      const source = fails('two of 1.1.0', true);
      const write = { isResumable: true, concurrency: 1 };
      const first = await drafted(path, source.wrap);
      expect(await failureOf(first.write(write))).toBeInstanceOf(CopyError);
      expect(await readdir(folder)).toEqual(['x.tar.part']);
      const before = source.opened.splice(0).length;
      expect(before).toBeGreaterThan(0);

      source.mend();
      const kept: Descriptor[] = [];
      const second = await drafted(path, source.wrap);
      await second.write({ ...write, onKept: (content) => kept.push(content) });
      expect(kept.length).toBeGreaterThan(0);
      const again = new Set(source.opened.map(({ digest }) => digest));
      expect(kept.filter(({ digest }) => again.has(digest))).toEqual([]);
      expect(await readdir(folder)).toEqual(['x.tar']);

      await writeArchiveOf(whole, '1.0.0', '1.1.0');
      expect(await readFile(path)).toEqual(await readFile(whole));
    });

    it('takes nothing over from a file that holds anything else', async () => {
      const folder = await tempFolder();
      const [path, whole] = [join(folder, 'x.tar'), join(folder, 'whole.tar')];
      await writeArchiveOf(whole, '1.0.0', '1.1.0');
      const right = await readFile(whole);
      const wrong = Buffer.from(right.map((byte, at) => (at % 1500 > 600 ? byte ^ 0xff : byte)));
      await writeFile(`${path}.part`, Buffer.concat([wrong, randomBytes(10_000)]));
      const draft = await drafted(path, (to) => to);
      await draft.write({ isResumable: true });
      expect(await readFile(path)).toEqual(right);
    });

    it('is written by one at a time', async () => {
      const path = join(await tempFolder(), 'x.tar');
      const [one, other] = [await drafted(path, (to) => to), await drafted(path, (to) => to)];
      let refused: unknown;
      const beforeReplacing = async (): Promise<void> => {
        refused = await failureOf(other.write({ isResumable: true }));
      };
      await one.write({ isResumable: true, beforeReplacing });
      expect(refused).toBeInstanceOf(StoreLockedError);
    });
  });

  it('says who it is when every byte of it was read', async () => {
    const path = join(await tempFolder(), 'x.tar');
    await writeArchiveOf(path, '1.0.0');
    const bytes = await readFile(path);
    const archive = await openArchive(path);
    try {
      const sha256 = digestOf(bytes).slice('sha256:'.length);
      expect(await archive.check()).toEqual({ sha256, size: bytes.length });
      const at = bytes.indexOf('two of 1.0.0');
      await writeFile(path, bytes.fill('x', at, at + 1));
      expect(await failureOf(archive.check())).toBeInstanceOf(ArchiveCorruptError);
      await writeFile(path, bytes.fill('t', at, at + 1));
      expect(await failureOf(archive.check())).toBeInstanceOf(ArchiveChangedError);
      await truncate(path, 2000);
      expect(await failureOf(archive.check())).toBeInstanceOf(ArchiveCorruptError);
    } finally {
      await archive.close();
    }
  });

  it('keeps what is said of it as a whole, and names what is in another one', async () => {
    const path = join(await tempFolder(), 'x.tar');
    const draft = await draftArchive(path);
    const to = draft.repository(repositoryName);
    const { from, index } = await release('1.0.0');
    const left = bytesSource(Buffer.from('one of 1.0.0'), 'archive/zip').descriptor;
    draft.relyOn(left.digest);
    await copyGraph(from, to, index.descriptor, { present: new Set([left.digest]) });
    await to.tag(index, '1.0.0');
    const annotations = { 'com.example.base': 'another' };
    const size = await draft.size({ annotations });
    await draft.write({ annotations });
    expect((await readFile(path)).length).toBe(size);
    await writeMore(path, '1.1.0');
    const archive = await openArchive(path);
    try {
      expect(archive.annotations).toEqual(annotations);
      expect(await archive.repository(repositoryName).exists(left)).toBe(false);
    } finally {
      await archive.close();
    }
  });

  it('says what is wrong with the place', async () => {
    const folder = await tempFolder();
    const draft = await draftArchive(join(folder, 'missing', 'x.tar'));
    await copyRelease('1.0.0', draft.repository(repositoryName));
    expect(await failureOf(draft.write())).toBeInstanceOf(FileAccessError);
  });
});

/** A tar with these files, as another tool might make it. */
function tar(files: Readonly<Record<string, Uint8Array | string>>): Buffer {
  const parts = Object.entries(files).map(([name, content]) => {
    const bytes = Buffer.from(content);
    const header = formatTarHeader({ name, size: bytes.length, type: 'file' });
    return Buffer.concat([header, bytes, Buffer.alloc(paddingAfter(bytes.length))]);
  });
  return Buffer.concat([...parts, Buffer.alloc(1024)]);
}

describe('reading an archive', () => {
  const marker = '{"imageLayoutVersion":"1.0.0"}';
  const empty = '{"schemaVersion":2,"manifests":[]}';

  it('takes an empty one, and files that do not matter', async () => {
    const path = join(await tempFolder(), 'x.tar');
    const more = { 'manifest.json': '[]', 'blobs/sha256/readme': 'x', 'blobs/md5/00': 'x' };
    await writeFile(path, tar({ 'index.json': empty, ...more, 'oci-layout': marker }));
    const archive = await openArchive(path);
    expect(archive.repositories()).toEqual([]);
    await archive.close();
  });

  it.each([
    ['no marker', { 'index.json': empty }, 'no file "oci-layout"'],
    ['no index', { 'oci-layout': marker }, 'no file "index.json"'],
    [
      'another version',
      { 'oci-layout': '{"imageLayoutVersion":"2"}', 'index.json': empty },
      '1.0.0',
    ],
    ['a marker that is none', { 'oci-layout': 'x', 'index.json': empty }, '1.0.0'],
    ['a large marker', { 'oci-layout': ' '.repeat(5000), 'index.json': empty }, 'more than 4096'],
    ['an index that is none', { 'oci-layout': marker, 'index.json': '{}' }, 'schemaVersion'],
    [
      'a digest that is none',
      {
        'oci-layout': marker,
        'index.json':
          '{"schemaVersion":2,"manifests":[{"mediaType":"x/y","digest":"../x","size":1}]}',
      },
      'digest',
    ],
  ])('refuses %s', async (_, files, why) => {
    const path = join(await tempFolder(), 'x.tar');
    await writeFile(path, tar(files));
    for (const open of [openArchive, draftArchive]) {
      const error = await failureOf(open(path));
      expect(error).toBeInstanceOf(ArchiveCorruptError);
      expect((error as Error).message).toContain(why);
    }
  });

  it('lists the tags of as many repositories as somebody put into it', async () => {
    const path = join(await tempFolder(), 'x.tar');
    const digest = `sha256:${'a'.repeat(64)}`;
    const manifests = Array.from({ length: 20_000 }, (_, i) => ({
      mediaType: 'application/vnd.oci.image.index.v1+json',
      digest,
      size: 1,
      annotations: { 'org.opencontainers.image.ref.name': `example.com/a/p${i}:1.0.0` },
    }));
    const index = JSON.stringify({ schemaVersion: 2, manifests });
    await writeFile(path, tar({ 'oci-layout': marker, 'index.json': index }));
    const archive = await openArchive(path);
    try {
      expect(archive.repositories()).toHaveLength(20_000);
      for (const name of archive.repositories()) {
        expect(await list(archive.repository(name).tags())).toEqual(['1.0.0']);
      }
    } finally {
      await archive.close();
    }
  });

  it('says so when there is no file, or no regular one', async () => {
    const folder = await tempFolder();
    const missing = await failureOf(openArchive(join(folder, 'x.tar')));
    expect(missing).toMatchObject({ code: 'ERR_BASE_FILE_ACCESS', category: 'usage' });
    await mkdir(join(folder, 'folder'));
    expect(await failureOf(openArchive(join(folder, 'folder')))).toBeInstanceOf(
      ArchiveCorruptError,
    );
  });

  it('follows a link to the archive, which the user made', async () => {
    const folder = await tempFolder();
    await writeArchiveOf(join(folder, 'x.tar'), '1.0.0');
    await symlink('x.tar', join(folder, 'link.tar'));
    const archive = await openArchive(join(folder, 'link.tar'));
    expect(archive.repositories()).toEqual([repositoryName]);
    await archive.close();
  });

  it('never gives out content that was changed or cut', async () => {
    const path = join(await tempFolder(), 'x.tar');
    const text = randomBytes(8).toString('hex');
    const draft = await draftArchive(path);
    const { image, layer } = await pushImage(draft.repository(repositoryName), text);
    await draft.repository(repositoryName).tag(image, '1.0.0');
    await draft.write();
    const bytes = await readFile(path);
    bytes.write('?', bytes.indexOf(text));
    await writeFile(path, bytes);
    const archive = await openArchive(path);
    const repository = archive.repository(repositoryName);
    const changed = await failureOf(repository.fetch(layer).then((stream) => buffer(stream)));
    expect(changed).toMatchObject({ code: 'ERR_CONTENT_DIGEST_MISMATCH' });
    await truncate(path, bytes.indexOf(text.slice(1)));
    const cut = await failureOf(repository.fetch(layer).then((stream) => buffer(stream)));
    expect(cut).toMatchObject({ code: 'ERR_CONTENT_SIZE_MISMATCH' });
    await archive.close();
  });

  it('reads the rest of an archive in which a manifest is damaged', async () => {
    const path = join(await tempFolder(), 'x.tar');
    await writeArchiveOf(path, '1.0.0', '1.1.0');
    const { index } = await release('1.0.0');
    const bytes = await readFile(path);
    bytes.write('!', bytes.indexOf(index.bytes));
    await writeFile(path, bytes);
    const archive = await openArchive(path);
    const repository = archive.repository(repositoryName);
    expect(await failureOf(repository.readManifest('1.0.0'))).toMatchObject({
      code: 'ERR_CONTENT_DIGEST_MISMATCH',
    });
    const sound = await release('1.1.0');
    expect(await list(repository.referrers(sound.index.descriptor))).toHaveLength(1);
    await archive.close();
    const draft = await draftArchive(path);
    await copyRelease('2.0.0', draft.repository(repositoryName));
    expect(await failureOf(draft.write())).toMatchObject({ category: 'integrity' });
    await draft.close();
  });
});
