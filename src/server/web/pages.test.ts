import { describe, expect, it } from 'vitest';
import { distantShelf, startShelf } from '../../../test/support/gateway-place.ts';
import { send } from '../../../test/support/http-request.ts';
import { makeOriginKey } from '../../../test/support/origin-key.ts';
import { startPages } from '../../../test/support/pages-place.ts';
import { makeRelease } from '../../../test/support/pushed-release.ts';
import { policyFor, ruleText, signedEvidence } from '../../../test/support/signed-evidence.ts';
import { createMemoryRepository } from '../../content/index.ts';
import { parseProviderAddress } from '../../domain/index.ts';
import { readTrustPolicy } from '../../signatures/index.ts';
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

  it('tells the newest version of each, as far as it can be read in time', async () => {
    const { repository, shelf } = await startShelf();
    for (const tag of ['1.2.3', '1.10.0', '2.0.0-rc.1']) {
      await makeRelease(await repository(thing), { version: tag, tag });
    }
    await makeRelease(await repository('example.com/acme/broken'), {
      provider: 'example.com/acme/broken',
    });
    const find: typeof shelf.find = async (provider, options) => {
      if (provider.type === 'broken') throw new Error('the registry does not answer');
      return await shelf.find(provider, options);
    };
    const { get } = await startPages({ ...shelf, find });
    const { status, text } = await get('/');
    expect(status).toBe(200);
    const items = text.split('<li>').slice(1);
    const words = items.map((item) => item.replace(/<[^>]*>|\s/gu, ' ').replace(/ +/gu, ' '));
    expect(words).toEqual([
      expect.stringMatching(/^ acme\/ broken (?!.*version)/u),
      expect.stringMatching(/^ acme\/ thing 1\.10\.0 · 3 versions /u),
    ]);
  });

  it('is there at once, though a registry takes its time to tell of versions', async () => {
    const { repository, shelf } = await startShelf();
    await makeRelease(await repository(thing));
    const clock = { now: () => 0, sleep: () => Promise.resolve() };
    const never = new Promise<undefined>(() => undefined);
    const { get } = await startPages({ ...shelf, find: () => never }, { clock });
    const { status, text } = await get('/');
    expect(status).toBe(200);
    expect(text).toContain(`href="/providers/${thing}"`);
  });

  it('shows nothing of a search that would turn the text around', async () => {
    const { shelf } = await startShelf();
    const { get } = await startPages(shelf);
    const { text } = await get('/?q=%E2%80%AEgpj%07%C2%9Bx');
    expect(text).toContain('gpj');
    expect(text).not.toMatch(/[\u0007\u009b\u202e]/u);
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

  it.each([
    [
      'of this very server needs none, where a key answers for it',
      { host: 'https://example.com', pinned: true },
      { has: 'find it by themselves', hasNot: ['network_mirror', 'host &quot;'] },
    ],
    [
      'of this very server is got by a network mirror, where none does',
      { host: 'https://example.com', pinned: false },
      { has: 'network_mirror {', hasNot: ['find it by themselves', 'host &quot;'] },
    ],
    [
      'of another host is not got in its place, where no key answers for it',
      { host: 'https://tofu.example.org', pinned: false },
      { has: 'This server is no provider registry for it', hasNot: ['host &quot;'] },
    ],
    [
      'of another host comes over plain HTTP in its place only',
      { host: 'http://127.0.0.1:5000', pinned: true },
      { has: 'asked by HTTPS only', hasNot: ['no provider registry'] },
    ],
  ])('%s', async (_, { host, pinned }, { has, hasNot }) => {
    const key = await makeOriginKey();
    const { repository, shelf } = await startShelf();
    const target = await repository(thing);
    const documents = await signedEvidence((await makeRelease(target)).records, key);
    await makeRelease(target, { evidence: () => [documents] });
    const policy = pinned ? { policy: policyFor(key) } : {};
    const { get } = await startPages(shelf, { ...policy, publicUrl: host });
    const { text } = await get(`/providers/${thing}`);
    expect(text).toContain(has);
    for (const one of hasNot) expect(text).not.toContain(one);
  });

  it('says of each mirror that it needs HTTPS, where the server is asked without', async () => {
    const { repository, shelf } = await startShelf();
    await makeRelease(await repository(thing));
    const repositoryTemplate = 'x.example.org/${hostname}/${namespace}/${type}';
    const hints = async (publicUrl: string) => {
      const { get } = await startPages(shelf, { publicUrl, repositoryTemplate });
      const { text } = await get(`/providers/${thing}`);
      expect(text).toContain(`repository_template = &quot;${repositoryTemplate}&quot;`);
      return text.match(/by HTTPS only/gu)?.length ?? 0;
    };
    expect(await hints('http://x.example.org')).toBe(2);
    expect(await hints('https://x.example.org')).toBe(0);
  });

  it('shows its newest versions, and folds the older ones', async () => {
    const { repository, shelf } = await startShelf();
    const target = await repository(thing);
    const versions = Array.from({ length: 23 }, (_, minor) => `1.${String(minor)}.0`);
    for (const version of versions) await makeRelease(target, { version, tag: version });
    const { get } = await startPages(shelf);
    const { text } = await get(`/providers/${thing}`);
    expect(text).toContain('The newest 20 of 23 versions');
    const [newer = '', older = ''] = text.split('<details>');
    expect(newer).toContain('>1.3.0</a>');
    expect(newer).not.toContain('>1.2.0</a>');
    expect(older).toContain('<summary>3 older versions</summary>');
    expect(older.match(/>1\.[012]\.0<\/a>/gu)).toHaveLength(3);
  });

  it('shows some of very many versions, and of very many that are not offered', async () => {
    const { repository, shelf } = await startShelf();
    const target = await repository(thing);
    const { index } = await makeRelease(target, { version: '9.0.0', tag: '9.0.0' });
    const { bytes } = await target.readManifest(index.digest);
    for (let minor = 0; minor < 110; minor++) {
      await target.tag({ descriptor: index, bytes }, `1.${String(minor)}.0`);
    }
    const { get } = await startPages(shelf);
    const { text } = await get(`/providers/${thing}`);
    expect(text.match(/<dt><a href/gu)).toHaveLength(100);
    expect(text).toContain('And 10 versions before these.');
  });

  it('has pages of versions with build metadata, and links to their packages', async () => {
    const { repository, shelf } = await startShelf();
    await makeRelease(await repository(thing), { version: '1.2.3+b.1', tag: '1.2.3_b.1' });
    const { get } = await startPages(shelf);
    const { text } = await get(`/providers/${thing}`);
    const path = `/providers/${thing}/1.2.3%2Bb.1`;
    expect(text).toContain(`<a href="${path}">1.2.3+b.1</a>`);
    const release = await get(path);
    expect(release.status).toBe(200);
    const [, href = ''] = /<a href="(\/v1\/packages\/[^"]+)" download/u.exec(release.text) ?? [];
    expect((await get(href)).headers['content-type']).toBe('application/zip');
  });

  it('tells the file of a trust rule, not where it is on the server', async () => {
    const key = await makeOriginKey();
    const { repository, shelf } = await startShelf();
    const target = await repository(thing);
    const documents = await signedEvidence((await makeRelease(target)).records, key);
    await makeRelease(target, { evidence: () => [documents] });
    const policy = readTrustPolicy(ruleText(key), '/srv/secret/trust.hcl');
    const { get } = await startPages(shelf, { policy });
    const { text } = await get(`/providers/${thing}/1.2.3`);
    expect(text).toContain('the trust rules name (trust.hcl:2');
    expect(text).not.toContain('/srv');
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
    const { get, url } = await startPages(shelf);
    expect((await send('POST', url, '/')).status).toBe(405);
    const style = /href="(\/assets\/style-[0-9a-f]{16}\.css)"/u.exec((await get('/')).text)?.[1];
    const sheet = await get(style ?? '');
    expect(sheet.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(sheet.text).not.toMatch(/url\(|@import|https?:/u);
    const head = await send('HEAD', url, '/');
    expect([head.status, head.body.length]).toEqual([200, 0]);
  });
});
