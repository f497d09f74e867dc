import { describe, expect, it } from 'vitest';
import { failureOf } from '../../test/support/http-client.ts';
import { useRemotes } from '../../test/support/remote-repository.ts';
import { usePeers } from '../../test/support/scripted-peer.ts';
import type { TargetRepository } from '../content/index.ts';

const peers = usePeers();
const remotes = useRemotes();
const list = '/v2/acme/null/tags/list';

async function tagsOf(repository: TargetRepository): Promise<string[]> {
  const all: string[] = [];
  for await (const tag of repository.tags()) all.push(tag);
  return all;
}

describe('tags', () => {
  it('come from every page, without repeating the one a page ended with', async () => {
    const peer = await peers.start();
    const link = (target: string) => ({ link: `<${target}>; rel="next"` });
    peer
      .once(`GET ${list}?last=b`, { headers: link('?last=d&n=2'), body: { tags: ['b', 'c', 'd'] } })
      .once(`GET ${list}?last=d&n=2`, { body: { name: 'x', tags: ['d', 'e'] } })
      .once(`GET ${list}`, { headers: link(`${list}?last=b`), body: { tags: ['a', 'b'] } });
    expect(await tagsOf(remotes.repository(peer))).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(peer.log()[0]).toBe(`GET ${list}`);
  });

  it.each([
    [{ tags: null }, []],
    [{}, []],
    [{ tags: [] }, []],
    [{ tags: ['ok', '../no', '', 7, null, 'a\nb', 'x'.repeat(129)] }, ['ok']],
  ])('of %j are %j', async (body, expected) => {
    const peer = await peers.start();
    peer.once(`GET ${list}`, { body });
    expect(await tagsOf(remotes.repository(peer))).toEqual(expected);
  });

  it.each([
    ['not JSON', { body: '<html>' }],
    ['no object', { body: ['a'] }],
    ['no list', { body: { tags: 'a' } }],
    ['too large', { body: Buffer.alloc((8 << 20) + 1, ' ') }],
    ['another host', { body: {}, headers: { link: '<https://evil.example/x>; rel="next"' } }],
    ['another list', { body: {}, headers: { link: '</v2/other/tags/list>; rel="next"' } }],
    ['itself', { body: {}, headers: { link: `<${list}>; rel="next"` } }],
  ])('are refused when a page is or leads to %s', async (_, reply) => {
    const peer = await peers.start();
    peer.once(`GET ${list}`, reply);
    expect(await failureOf(tagsOf(remotes.repository(peer)))).toMatchObject({
      code: 'ERR_OCI_INVALID_ANSWER',
    });
  });

  it('end when the reader has enough', async () => {
    const peer = await peers.start();
    peer.always(
      ({ path }) => path.startsWith(list),
      ({ path }) => ({
        headers: { link: `<?n=${String(path.length)}${'0'.repeat(path.length)}>; rel="next"` },
        body: { tags: ['x', 'y'] },
      }),
    );
    let count = 0;
    for await (const tag of remotes.repository(peer).tags()) {
      expect(['x', 'y']).toContain(tag);
      count += 1;
      if (count === 5) break;
    }
    expect(peer.requests.length).toBeLessThan(5);
  });

  // OpenTofu's rule, which decides whether the next source is asked.
  it.each([
    [404, undefined, 'ERR_CONTENT_REPOSITORY_NOT_FOUND'],
    [404, 'NAME_UNKNOWN', 'ERR_CONTENT_REPOSITORY_NOT_FOUND'],
    [404, 'NOT_FOUND', 'ERR_CONTENT_REPOSITORY_NOT_FOUND'],
    [400, 'NAME_INVALID', 'ERR_CONTENT_REPOSITORY_NOT_FOUND'],
    [404, 'UNAUTHORIZED', 'ERR_OCI_DENIED'],
    [404, 'UNSUPPORTED', 'ERR_OCI_RESPONSE'],
    [400, 'UNSUPPORTED', 'ERR_OCI_RESPONSE'],
    [403, 'NAME_UNKNOWN', 'ERR_OCI_DENIED'],
  ])('of status %i with %s are %s', async (status, code, expected) => {
    const peer = await peers.start();
    const body = code === undefined ? 'not here' : { errors: [{ code, message: '' }] };
    peer.once(`GET ${list}`, { status, body });
    expect(await failureOf(tagsOf(remotes.repository(peer)))).toMatchObject({ code: expected });
  });
});
