import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { useRemotes } from '../../test/support/remote-repository.ts';
import { type Reply, usePeers } from '../../test/support/scripted-peer.ts';
import type { TargetRepository } from '../content/index.ts';
import { type Descriptor, digestOf, mediaTypes } from '../spec/index.ts';

const peers = usePeers();
const remotes = useRemotes();

function descriptor(name: string, artifactType?: string): Descriptor {
  return {
    mediaType: mediaTypes.manifest,
    digest: digestOf(Buffer.from(name)),
    size: name.length,
    ...(artifactType === undefined ? {} : { artifactType }),
  };
}

const subject = descriptor('subject');
const api = `/v2/acme/null/referrers/${subject.digest}`;
const tag = `/v2/acme/null/manifests/${subject.digest.replace(':', '-')}`;

function index(manifests: readonly Descriptor[], headers: Record<string, string> = {}): Reply {
  return {
    headers: { 'content-type': mediaTypes.index, ...headers },
    body: Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests })),
  };
}

async function listed(repository: TargetRepository, artifactType?: string): Promise<Descriptor[]> {
  const all: Descriptor[] = [];
  const options = artifactType === undefined ? {} : { artifactType };
  for await (const found of repository.referrers(subject, options)) all.push(found);
  return all;
}

describe('referrers', () => {
  const [one, two] = [descriptor('one', 'a/x'), descriptor('two', 'b/x')];

  it('come from every page of the API, each once', async () => {
    const peer = await peers.start();
    peer
      .once(`GET ${api}?last=1`, index([two, one]))
      .once(`GET ${api}`, index([one], { link: '<?last=1>; rel="next"' }));
    expect(await listed(remotes.repository(peer))).toEqual([one, two]);
  });

  it('are filtered by us too, since registries may ignore the filter', async () => {
    const peer = await peers.start();
    peer.once(`GET ${api}`, index([one, two]));
    expect(await listed(remotes.repository(peer), 'b/x')).toEqual([two]);
    expect(peer.log()).toEqual([`GET ${api}?artifactType=b%2Fx`]);
  });

  it.each([
    ['404 in plain text', { status: 404, body: '404 page not found' }],
    ['404 in JSON', { status: 404, body: { errors: [{ code: 'UNSUPPORTED', message: '' }] } }],
    ['405', { status: 405 }],
    ['a page of HTML', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
  ])('come from the fallback tag after %s', async (_, reply) => {
    const peer = await peers.start();
    peer.once(`GET ${api}`, reply).once(`GET ${tag}`, index([one, two]));
    expect(await listed(remotes.repository(peer), 'a/x')).toEqual([one]);
  });

  it('are not none when the index of the API is broken', async () => {
    const peer = await peers.start();
    peer.once(`GET ${api}`, { headers: { 'content-type': mediaTypes.index }, body: '{' });
    await expect(listed(remotes.repository(peer))).rejects.toMatchObject({
      code: 'ERR_OCI_INVALID_ANSWER',
    });
  });

  it('come from the fallback tag when the API redirects to a web site, which is not asked', async () => {
    const [peer, site] = [await peers.start(), await peers.start()];
    peer
      .once(`GET ${api}`, { status: 303, headers: { location: `${site.origin}/-/v2/packages` } })
      .once(`GET ${tag}`, index([one]));
    expect(await listed(remotes.repository(peer))).toEqual([one]);
    expect(site.requests).toEqual([]);
  });

  it('are none in a repository that is not there, which says nothing about the API', async () => {
    const peer = await peers.start();
    peer
      .once(`GET ${api}`, { status: 404, body: { errors: [{ code: 'NAME_UNKNOWN' }] } })
      .once(`GET ${api}`, index([one]));
    const repository = remotes.repository(peer);
    expect(await listed(repository)).toEqual([]);
    expect(await listed(repository)).toEqual([one]);
  });

  it('are not asked for a second time where there was no API', async () => {
    const peer = await peers.start();
    peer.once(`GET ${api}`, { status: 404 }).times(2, `GET ${tag}`, index([one]));
    const repository = remotes.repository(peer);
    expect(await listed(repository)).toEqual([one]);
    expect(await listed(repository)).toEqual([one]);
  });

  it.each([
    ['is not there', { status: 404 }],
    ['is an image', { headers: { 'content-type': mediaTypes.manifest }, body: image() }],
    ['is broken', { headers: { 'content-type': mediaTypes.index }, body: '[]' }],
  ])('are none when the fallback tag %s', async (_, reply) => {
    const peer = await peers.start();
    peer.once(`GET ${api}`, { status: 404 }).once(`GET ${tag}`, reply);
    expect(await listed(remotes.repository(peer))).toEqual([]);
  });

  it.each([
    [{ status: 403 }, 'ERR_OCI_DENIED'],
    [{ status: 500 }, 'ERR_OCI_RESPONSE'],
    [index([one], { link: '<https://evil.example/>; rel="next"' }), 'ERR_OCI_INVALID_ANSWER'],
    [index([one], { link: `<${api}>; rel="next"` }), 'ERR_OCI_INVALID_ANSWER'],
  ])('are an error after %o', async (reply, code) => {
    const peer = await peers.start();
    peer.always(`GET ${api}`, reply);
    expect(await failureOf(listed(remotes.repository(peer)))).toMatchObject({ code });
  });

  it('end after ten pages of a registry that has always more', async () => {
    const peer = await peers.start();
    let page = 0;
    peer.always(
      ({ path }) => path.startsWith(api),
      () => index([descriptor(`n${String(page)}`)], { link: `<?p=${String(page++)}>; rel=next` }),
    );
    expect(await failureOf(listed(remotes.repository(peer)))).toMatchObject({
      code: 'ERR_OCI_INVALID_ANSWER',
    });
    expect(peer.requests).toHaveLength(10);
  });
});

function image(): Buffer {
  const config = descriptor('config');
  const document = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers: [config] };
  return Buffer.from(JSON.stringify(document));
}
