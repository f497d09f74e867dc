import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { makeManualClock, useRemotes } from '../../test/support/remote-repository.ts';
import {
  type Reply,
  type ScriptedPeer,
  type SeenRequest,
  usePeers,
} from '../../test/support/scripted-peer.ts';
import type { ManifestContent } from '../content/index.ts';
import {
  type Descriptor,
  type Digest,
  digestOf,
  emptyDescriptor,
  mediaTypes,
} from '../spec/index.ts';

const peers = usePeers();
const remotes = useRemotes();
const base = '/v2/acme/null/manifests';

function manifest(fields: object, mediaType: string = mediaTypes.manifest): ManifestContent {
  const document = { schemaVersion: 2, mediaType, ...fields };
  const bytes = Buffer.from(JSON.stringify(document));
  return { bytes, descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length } };
}

function errors(status: number, ...codes: string[]): Reply {
  return { status, body: { errors: codes.map((code) => ({ code, message: 'no' })) } };
}

function found({ bytes, descriptor }: ManifestContent, etag?: string): Reply {
  const headers = {
    'content-type': descriptor.mediaType,
    'docker-content-digest': descriptor.digest,
  };
  return { headers: { ...headers, ...(etag === undefined ? {} : { etag }) }, body: bytes };
}

const subject = manifest({ manifests: [] }, mediaTypes.index);
const plain = manifest({ config: emptyDescriptor, layers: [] });

describe('deletion of a manifest', () => {
  const path = `${base}/${plain.descriptor.digest}`;
  const { digest } = plain.descriptor;

  it.each([200, 202, 204])(
    'is done by its digest, and taken for done after a %i',
    async (status) => {
      const peer = await peers.start();
      peer.once(`GET ${path}`, found(plain)).once(`DELETE ${path}`, { status });
      await remotes.repository(peer).deleteManifest(digest);
      expect(peer.log()).toEqual([`GET ${path}`, `DELETE ${path}`]);
    },
  );

  it.each([
    ['the manifest', errors(404, 'MANIFEST_UNKNOWN'), 'ERR_CONTENT_NOT_FOUND'],
    ['anything at all', { status: 404 }, 'ERR_CONTENT_NOT_FOUND'],
    ['the repository', errors(404, 'NAME_UNKNOWN'), 'ERR_CONTENT_REPOSITORY_NOT_FOUND'],
  ])('is told when the registry does not have %s', async (_, reply, code) => {
    const peer = await peers.start();
    peer.once(`GET ${path}`, reply);
    expect(await failureOf(remotes.repository(peer).deleteManifest(digest))).toMatchObject({
      code,
      category: 'not-found',
    });
  });

  it('is done when a first try has done it and lost its answer', async () => {
    const peer = await peers.start();
    peer
      .once(`GET ${path}`, found(plain))
      .once(`DELETE ${path}`, { fault: { kind: 'drop' } })
      .once(`DELETE ${path}`, errors(404, 'MANIFEST_UNKNOWN'));
    await remotes.repository(peer).deleteManifest(digest);
    expect(peer.requests).toHaveLength(3);
  });

  it('is told when somebody else was faster', async () => {
    const peer = await peers.start();
    peer.once(`GET ${path}`, found(plain)).once(`DELETE ${path}`, errors(404, 'MANIFEST_UNKNOWN'));
    expect(await failureOf(remotes.repository(peer).deleteManifest(digest))).toMatchObject({
      code: 'ERR_CONTENT_NOT_FOUND',
    });
  });

  it.each([
    ['docker-registry without deletes', errors(405, 'UNSUPPORTED')],
    ['the specification', errors(400, 'UNSUPPORTED')],
    ['the specification, without a body', { status: 400 }],
    ['a proxy', { status: 405, body: '<html>' }],
  ])('is refused in the words of %s', async (_, reply) => {
    const peer = await peers.start();
    peer.once(`GET ${path}`, found(plain)).once(`DELETE ${path}`, reply);
    expect(await failureOf(remotes.repository(peer).deleteManifest(digest))).toMatchObject({
      code: 'ERR_OCI_DELETE_REFUSED',
      category: 'unsupported',
      reference: digest,
    });
  });

  it('is denied as other requests are', async () => {
    const peer = await peers.start();
    peer.once(`GET ${path}`, found(plain)).once(`DELETE ${path}`, errors(403, 'DENIED'));
    expect(await failureOf(remotes.repository(peer).deleteManifest(digest))).toMatchObject({
      code: 'ERR_OCI_DENIED',
    });
  });

  it.each([
    ['does not match its digest', { ...found(subject), body: 'x' }],
    ['is no manifest', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ])('is not kept from what %s', async (_, reply) => {
    const peer = await peers.start();
    peer.once(`GET ${path}`, reply).once(`DELETE ${path}`, { status: 202 });
    await remotes.repository(peer).deleteManifest(digest);
    expect(peer.requests).toHaveLength(2);
  });

  it('asks a token server for the right to delete', async () => {
    const peer = await peers.start();
    const challenge = `Bearer realm="${peer.origin}/token",service="s"`;
    const letIn = (reply: Reply) => (request: SeenRequest) =>
      request.headers.authorization === undefined
        ? { status: 401, headers: { 'www-authenticate': challenge } }
        : reply;
    peer
      .always(`GET ${path}`, letIn(found(plain)))
      .always(`DELETE ${path}`, letIn({ status: 202 }))
      .always('GET /token', { body: { token: 't' } });
    await remotes.repository(peer).deleteManifest(digest);
    expect(peer.log().filter((line) => line.includes('delete%2Cpull'))).toHaveLength(1);
  });
});

describe('deletion of a referrer', () => {
  const tag = subject.descriptor.digest.replace(':', '-');
  const [one, two] = ['one', 'two'].map((name) =>
    manifest({
      config: emptyDescriptor,
      layers: [],
      subject: subject.descriptor,
      annotations: { name },
    }),
  ) as [ManifestContent, ManifestContent];
  const foreign = { ...two.descriptor, 'x-unknown': [1] };

  /** A registry that keeps what is put and forgets what is deleted. */
  function oldRegistry(peer: ScriptedPeer, list: object | undefined): Map<string, Buffer> {
    const stored = new Map(
      [one, two].map(({ bytes, descriptor }) => [descriptor.digest as string, bytes]),
    );
    if (list !== undefined) stored.set(tag, Buffer.from(JSON.stringify(list)));
    const name = (path: string): string => path.slice(path.lastIndexOf('/') + 1);
    peer
      .always(
        ({ method }) => method === 'GET',
        ({ path }) => {
          const body = stored.get(name(path));
          const type = name(path) === tag ? mediaTypes.index : mediaTypes.manifest;
          return body === undefined
            ? errors(404, 'MANIFEST_UNKNOWN')
            : { headers: { 'content-type': type, etag: '"e"' }, body };
        },
      )
      .always(
        ({ method }) => method === 'DELETE',
        ({ path }) => ({ status: stored.delete(name(path)) ? 202 : 404 }),
      )
      .always(
        ({ method }) => method === 'PUT',
        ({ body, path }) => {
          stored.set(name(path), body);
          return { status: 201 };
        },
      );
    return stored;
  }

  function index(...manifests: readonly Descriptor[]): object {
    return { schemaVersion: 2, mediaType: mediaTypes.index, manifests, z: 1 };
  }

  it('takes it off the list that stands in for the referrers API, and nothing else', async () => {
    const peer = await peers.start();
    const stored = oldRegistry(peer, index(one.descriptor, foreign));
    await remotes.repository(peer).deleteManifest(one.descriptor.digest);
    expect(JSON.parse(stored.get(tag)?.toString() ?? '')).toEqual(index(foreign));
    const put = peer.requests.find(({ method }) => method === 'PUT');
    expect(put?.headers['if-match']).toBe('"e"');
  });

  it('leaves an empty list when it was the last', async () => {
    const peer = await peers.start();
    const stored = oldRegistry(peer, index(one.descriptor));
    await remotes.repository(peer).deleteManifest(one.descriptor.digest);
    expect(JSON.parse(stored.get(tag)?.toString() ?? '')).toEqual(index());
  });

  it.each([
    ['there is no list', undefined],
    ['the list does not name it', index(two.descriptor)],
  ])('writes nothing where %s', async (_, list) => {
    const peer = await peers.start();
    const stored = oldRegistry(peer, list);
    await remotes.repository(peer).deleteManifest(one.descriptor.digest);
    expect(stored.has(one.descriptor.digest)).toBe(false);
    expect(peer.log().filter((line) => line.startsWith('PUT'))).toEqual([]);
  });

  it('takes it off again when another writer has put it back', async () => {
    const peer = await peers.start();
    const stored = oldRegistry(peer, index(one.descriptor));
    const clock = makeManualClock();
    let isOverwritten = false;
    const racing = {
      ...clock,
      sleep: (ms: number, signal?: AbortSignal) => {
        if (!isOverwritten) {
          isOverwritten = true;
          stored.set(tag, Buffer.from(JSON.stringify(index(one.descriptor, foreign))));
        }
        return clock.sleep(ms, signal);
      },
    };
    await remotes.repository(peer, { clock: racing }).deleteManifest(one.descriptor.digest);
    expect(JSON.parse(stored.get(tag)?.toString() ?? '')).toEqual(index(foreign));
  });

  it('leaves the list as it is when the registry refuses', async () => {
    const peer = await peers.start();
    peer.once(`DELETE ${base}/${one.descriptor.digest}`, errors(405, 'UNSUPPORTED'));
    const stored = oldRegistry(peer, index(one.descriptor));
    const before = stored.get(tag);
    expect(
      await failureOf(remotes.repository(peer).deleteManifest(one.descriptor.digest)),
    ).toMatchObject({ code: 'ERR_OCI_DELETE_REFUSED' });
    expect(stored.get(tag)).toBe(before);
  });
});

describe('deletion of a tag', () => {
  const path = `${base}/1.0.0`;
  const { digest } = plain.descriptor;
  const other = subject.descriptor.digest;

  function head(at: ManifestContent, etag?: string): Reply {
    return found(at, etag);
  }

  it('is done by its name', async () => {
    const peer = await peers.start();
    peer.once(`DELETE ${path}`, { status: 202 });
    await remotes.repository(peer).deleteTag('1.0.0');
    expect(peer.log()).toEqual([`DELETE ${path}`]);
  });

  it('is done only while the tag is where the caller takes it to be', async () => {
    const peer = await peers.start();
    peer.once(`HEAD ${path}`, head(plain, '"e1"')).once(`DELETE ${path}`, { status: 202 });
    await remotes.repository(peer).deleteTag('1.0.0', { replaces: digest });
    expect(peer.requests[1]?.headers['if-match']).toBe('"e1"');
  });

  it.each<[Digest | 'nothing', ManifestContent]>([
    [other, plain],
    ['nothing', plain],
  ])('is a conflict when it should be at %s', async (replaces, at) => {
    const peer = await peers.start();
    peer.once(`HEAD ${path}`, head(at));
    expect(
      await failureOf(remotes.repository(peer).deleteTag('1.0.0', { replaces })),
    ).toMatchObject({ code: 'ERR_CONTENT_TAG_CONFLICT', actual: digest });
  });

  it.each([digest, 'nothing' as const])(
    'is not found when it is not there, and should be at %s',
    async (replaces) => {
      const peer = await peers.start();
      peer.once(`HEAD ${path}`, { status: 404 });
      expect(
        await failureOf(remotes.repository(peer).deleteTag('1.0.0', { replaces })),
      ).toMatchObject({ code: 'ERR_CONTENT_NOT_FOUND' });
    },
  );

  it('is a conflict when the tag moved in between', async () => {
    const peer = await peers.start();
    peer
      .once(`HEAD ${path}`, head(plain, '"e1"'))
      .once(`DELETE ${path}`, errors(412, 'DENIED'))
      .once(`HEAD ${path}`, head(subject));
    expect(
      await failureOf(remotes.repository(peer).deleteTag('1.0.0', { replaces: digest })),
    ).toMatchObject({ code: 'ERR_CONTENT_TAG_CONFLICT', actual: other });
  });

  it('is no conflict when our own lost try deleted it', async () => {
    const peer = await peers.start();
    peer
      .once(`HEAD ${path}`, head(plain, '"e1"'))
      .once(`DELETE ${path}`, { fault: { kind: 'drop' } })
      .once(`DELETE ${path}`, errors(412, 'DENIED'))
      .once(`HEAD ${path}`, { status: 404 });
    await remotes.repository(peer).deleteTag('1.0.0', { replaces: digest });
    expect(peer.requests).toHaveLength(4);
  });

  it.each([
    ['docker-registry 2.8', errors(400, 'DIGEST_INVALID')],
    ['docker-registry without deletes', errors(405, 'UNSUPPORTED')],
    ['the specification', errors(400, 'UNSUPPORTED')],
  ])('is refused as %s does, and its manifest stays', async (_, reply) => {
    const peer = await peers.start();
    peer.once(`DELETE ${path}`, reply);
    expect(await failureOf(remotes.repository(peer).deleteTag('1.0.0'))).toMatchObject({
      code: 'ERR_OCI_DELETE_REFUSED',
      category: 'unsupported',
      reference: '1.0.0',
      hint: expect.stringContaining('with all its tags') as string,
    });
    expect(peer.log()).toEqual([`DELETE ${path}`]);
  });

  it.each([
    [errors(404, 'MANIFEST_UNKNOWN'), 'ERR_CONTENT_NOT_FOUND'],
    [errors(400, 'NAME_UNKNOWN'), 'ERR_CONTENT_REPOSITORY_NOT_FOUND'],
    [errors(400, 'MANIFEST_INVALID'), 'ERR_OCI_RESPONSE'],
    [errors(403, 'DENIED'), 'ERR_OCI_DENIED'],
  ])('is answered by %o', async (reply, code) => {
    const peer = await peers.start();
    peer.once(`DELETE ${path}`, reply);
    expect(await failureOf(remotes.repository(peer).deleteTag('1.0.0'))).toMatchObject({ code });
  });

  it.each(['', 'a/b', digest])('asks nobody for the tag %j', async (tag) => {
    const peer = await peers.start();
    expect(await failureOf(remotes.repository(peer).deleteTag(tag))).toMatchObject({
      category: 'usage',
    });
    expect(peer.requests).toEqual([]);
  });
});
