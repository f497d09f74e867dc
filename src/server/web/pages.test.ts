import { describe, expect, it } from 'vitest';
import { distantShelf, startShelf } from '../../../test/support/gateway-place.ts';
import { send } from '../../../test/support/http-request.ts';
import { makeOriginKey } from '../../../test/support/origin-key.ts';
import { startPages } from '../../../test/support/pages-place.ts';
import { makeRelease } from '../../../test/support/pushed-release.ts';
import { policyFor, signedEvidence } from '../../../test/support/signed-evidence.ts';
import { createMemoryRepository } from '../../content/index.ts';
import { parseProviderAddress } from '../../domain/index.ts';
import { jsonAnswer } from '../answers/index.ts';

const thing = 'example.com/acme/thing';

describe('the list of providers', () => {
  async function many(count: number) {
    const { repository, shelf } = await startShelf();
    await makeRelease(await repository(thing));
    const others = Array.from({ length: count }, (_, number) =>
      parseProviderAddress(`example.org/made/p${String(number).padStart(3, '0')}`),
    );
    const all = [parseProviderAddress(thing), ...others];
    return { ...shelf, providers: () => Promise.resolve(all) };
  }

  it('shows who is there, a hundred at a time', async () => {
    const shelf = await many(120);
    const everywhere = { path: 'x', repository: createMemoryRepository('x') };
    const { get } = await startPages({ ...shelf, find: () => Promise.resolve(everywhere) });
    const first = await get('/');
    expect(first.text.match(/<li>/gu)).toHaveLength(100);
    expect(first.text).toContain('Page 1 of 2');
    const second = await get('/?page=2');
    expect(second.text).toContain('p119');
    expect(second.text).not.toContain('p000');
    for (const page of ['0', '-1', '99', 'x', '1e99', 'NaN']) {
      expect([page, (await get(`/?page=${page}`)).status]).toEqual([page, 200]);
    }
  });

  it('is searched by words of the address', async () => {
    const shelf = await many(3);
    const everywhere = { path: 'x', repository: createMemoryRepository('x') };
    const { get } = await startPages({ ...shelf, find: () => Promise.resolve(everywhere) });
    const { text } = await get('/?q=MADE+p002');
    expect(text).toContain('1 provider of 4');
    expect(text).toContain('href="/providers/example.org/made/p002"');
    expect(text).not.toContain('p001');
    const none = await get('/?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E');
    expect(none.text).toContain('Nothing matches');
    expect(none.text).not.toContain('<script');
    expect(none.text).toContain('&lt;script&gt;');
  });

  it('has what the caller may read, and asks who might read more to log in', async () => {
    const { repository, shelf } = await startShelf();
    await makeRelease(await repository(thing));
    await makeRelease(await repository('example.com/hidden/thing'), {
      provider: 'example.com/hidden/thing',
    });
    const some = { principal: undefined, mayRead: (path: string) => path === thing };
    const { get } = await startPages(shelf, { caller: some, hasLogin: true });
    const { text } = await get('/');
    expect(text).toContain('1 provider<');
    expect(text).toContain('<a href="/login">Log in</a>');
    expect((await get('/providers/example.com/hidden/thing')).status).toBe(403);
    const login = jsonAnswer(401, {}, { 'WWW-Authenticate': 'Basic realm="x"' });
    const nobody = { principal: undefined, mayRead: () => false, unreadable: login };
    const closed = await startPages(shelf, { caller: nobody, hasLogin: true });
    for (const path of ['/', '/login', `/providers/${thing}`, `/providers/${thing}/1.2.3`]) {
      const asked = await closed.get(path);
      expect([path, asked.status]).toEqual([path, 401]);
      expect(asked.headers['www-authenticate']).toBe('Basic realm="x"');
      expect(asked.text).toContain('<h1>Log in</h1>');
    }
    const wait = jsonAnswer(429, {}, { 'Retry-After': '6' });
    const admit = () => Promise.resolve({ kind: 'refused', answer: wait } as const);
    const limited = await (await startPages(shelf, { admit })).get('/');
    expect([limited.status, limited.headers['retry-after']]).toEqual([429, '6']);
    expect(limited.text).toContain('too many logins');
  });

  it('offers to show one by its address where nobody tells which there are', async () => {
    const memory = createMemoryRepository('far');
    await makeRelease(memory);
    const shelf = distantShelf(new Map([[thing, memory]]));
    const { CatalogUnavailableError } = await import('../../oci/index.ts');
    const silent = {
      ...shelf,
      providers: () =>
        Promise.reject(new CatalogUnavailableError('far.example.com', 'it has none')),
    };
    const { get } = await startPages(silent);
    expect((await get('/')).text).toContain('Address of a provider');
    const found = await get('/providers?address=example.com%2Facme%2Fthing');
    expect([found.status, found.headers.location]).toEqual([303, `/providers/${thing}`]);
    expect((await get('/providers?address=%2F%2Fevil.example.com')).status).toBe(404);
    expect((await get('/providers')).status).toBe(404);
  });
});

describe('a provider', () => {
  it('has its versions, newest first, with who signed them, and what is to be configured', async () => {
    const key = await makeOriginKey();
    const { repository, shelf } = await startShelf();
    const target = await repository(thing);
    const documents = await signedEvidence((await makeRelease(target)).records, key);
    await makeRelease(target, { evidence: () => [documents] });
    const publicUrl = 'https://tofu.example.com';
    const { get } = await startPages(shelf, { policy: policyFor(key), publicUrl });
    const { headers, text } = await get(`/providers/${thing}`);
    expect(text).toContain('<span class="tone good">signed</span>');
    expect(text).toContain('url     = &quot;https://tofu.example.com/v1/mirror/&quot;');
    expect(text).toContain('https://tofu.example.com/v1/providers/example.com/');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('sandbox');
    const release = await get(`/providers/${thing}/1.2.3`);
    expect(release.text).toContain(key.fingerprint);
    expect(release.text).toContain('Author &lt;author@example.org&gt;');
    const [, href = ''] = /<a href="(\/v1\/packages\/[^"]+)" download/u.exec(release.text) ?? [];
    expect((await get(href)).headers['content-type']).toBe('application/zip');
    expect(text).not.toMatch(
      /<script|onclick|style=|https?:\/\/(?!tofu\.example\.com|example\.com)/u,
    );
  });

  it('says why a release is not offered, in the words of whoever made it, made harmless', async () => {
    const [key, other] = [await makeOriginKey(), await makeOriginKey()];
    const { repository, shelf } = await startShelf();
    const target = await repository(thing);
    const documents = await signedEvidence((await makeRelease(target)).records, key);
    await makeRelease(target, { evidence: () => [documents] });
    await makeRelease(target, {
      version: '1.3.0',
      tag: '1.3.0',
      annotations: { 'dev.tofu-oci.provider': '<img src=x onerror=alert(1)>\u202egpj.exe\u0007' },
    });
    const { get } = await startPages(shelf, { policy: policyFor(other) });
    const { text } = await get(`/providers/${thing}`);
    expect(text).toContain('Not offered');
    expect(text).not.toContain('<img');
    expect(text).not.toMatch(/[\u0000-\u0008\u202a-\u202e]/u);
    const release = await get(`/providers/${thing}/1.2.3`);
    expect(release.text).toContain('<span class="tone bad">not offered</span>');
  });

  it('of this very server needs no configuration', async () => {
    const { repository, shelf } = await startShelf();
    await makeRelease(await repository(thing));
    const { get } = await startPages(shelf, { publicUrl: 'https://example.com' });
    const { text } = await get(`/providers/${thing}`);
    expect(text).toContain('nothing has to be configured');
    expect(text).not.toContain('network_mirror');
  });
});

describe('other addresses', () => {
  it.each([
    '/providers/example.com/acme/none',
    `/providers/${thing}/9.9.9`,
    `/providers/${thing}/x`,
    '/providers/a/b',
    '/providers/%3Cscript%3E/a/b',
    '/providers/../etc/passwd',
    '/assets/style-0.css',
    '/nothing',
  ])('%s: not found, on a page', async (path) => {
    const { repository, shelf } = await startShelf();
    await makeRelease(await repository(thing));
    const { get } = await startPages(shelf);
    const { headers, status, text } = await get(path);
    expect([status, headers['content-type']]).toEqual([404, 'text/html; charset=utf-8']);
    expect(text).toContain('All providers');
  });

  it('are read only', async () => {
    const { shelf } = await startShelf();
    const { url } = await startPages(shelf);
    expect((await send('POST', url, '/')).status).toBe(405);
    const head = await send('HEAD', url, '/');
    expect([head.status, head.body.length]).toEqual([200, 0]);
  });
});
