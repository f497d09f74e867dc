import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { parseProviderAddress } from '../../src/domain/index.ts';
import { startShelf } from '../support/gateway-place.ts';
import { makeOriginKey } from '../support/origin-key.ts';
import { startPages } from '../support/pages-place.ts';
import { findPeer } from '../support/peers.ts';
import { makeRelease } from '../support/pushed-release.ts';
import { policyFor, signedEvidence } from '../support/signed-evidence.ts';

const peer = findPeer('chromium', 'CHROMIUM_BIN');
const thing = 'example.com/acme/thing';

let browser: Browser;
beforeAll(async () => {
  if (peer.path === undefined) return;
  // Its sandbox needs rights that a container does not give.
  browser = await chromium.launch({ executablePath: peer.path, args: ['--no-sandbox'] });
});
afterAll(async () => {
  if (peer.path !== undefined) await browser.close();
});

interface Look {
  readonly colorScheme: 'light' | 'dark';
  readonly width: number;
}

async function visit({ colorScheme, width }: Look) {
  const key = await makeOriginKey();
  const { repository, shelf } = await startShelf();
  const target = await repository(thing);
  const documents = await signedEvidence((await makeRelease(target)).records, key);
  await makeRelease(target, { evidence: () => [documents] });
  for (let minor = 0; minor < 22; minor += 1) {
    const version = `0.${String(minor)}.0`;
    await makeRelease(target, { version, tag: version });
  }
  await makeRelease(target, { version: '2.0.0-beta.1', tag: '2.0.0-beta.1', annotations: {} });
  const long = `example.com/${'n'.repeat(60)}/${'t'.repeat(60)}`;
  await makeRelease(await repository(long), { provider: long });
  const others = Array.from({ length: 30 }, (_, n) => `example.org/made/provider${String(n)}`);
  const providers = [thing, long, ...others].map((one) => parseProviderAddress(one));
  const all = {
    ...shelf,
    providers: () => Promise.resolve(providers),
    find: async (provider: (typeof providers)[number]) =>
      (await shelf.find(provider)) ?? (await shelf.find(parseProviderAddress(thing))),
  };
  const { url } = await startPages(all, {
    policy: policyFor(key, { more: 'unsigned = "accept"' }),
  });
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const [problems, requested] = [[] as string[], [] as string[]];
  page.on('console', (message) => problems.push(message.text()));
  page.on('pageerror', ({ message }) => problems.push(message));
  page.on('request', (request) => requested.push(request.url()));
  const longPath = `/providers/${long}`;
  const paths = [
    '/',
    '/?q=nothing+of+the+kind',
    `/providers/${thing}`,
    `/providers/${thing}/1.2.3`,
    `/providers/${thing}/2.0.0-beta.1`,
    longPath,
    `${longPath}/1.2.3`,
    '/providers/example.com/acme/none',
  ];
  return { page, paths, problems, requested, url };
}

const inPage = readFileSync(join(import.meta.dirname, 'in-page.js'), 'utf8');

/** What a function of in-page.js says of a page. */
async function ask(page: Page, name: string): Promise<unknown> {
  return await page.evaluate(`${inPage}; inPage.${name}()`);
}

const looks: readonly (readonly [string, Look])[] = [
  ['a desk, light', { colorScheme: 'light', width: 1280 }],
  ['a desk, dark', { colorScheme: 'dark', width: 1280 }],
  ['a phone, light', { colorScheme: 'light', width: 360 }],
  ['a phone, dark', { colorScheme: 'dark', width: 360 }],
];
const title = peer.path === undefined ? `pages (${peer.reason})` : 'pages';

describe.skipIf(peer.path === undefined)(title, () => {
  it.each(looks)('can be read on %s', async (_, look) => {
    const { page, paths, problems, requested, url } = await visit(look);
    for (const path of paths) {
      await page.goto(url + path);
      await ask(page, 'unfold');
      expect([path, await ask(page, 'obstacles')]).toEqual([path, []]);
      const contrast = (await ask(page, 'smallestContrast')) as { ratio: number; text: string };
      expect(contrast.ratio, `${path}: ${contrast.text}`).toBeGreaterThanOrEqual(4.5);
      expect([path, await ask(page, 'overhang')]).toEqual([path, 0]);
    }
    expect(problems).toEqual([]);
    expect(requested.filter((one) => !one.startsWith(url))).toEqual([]);
  });

  it('are searched, and walked through with the keyboard alone', async () => {
    const { page, problems, url } = await visit({ colorScheme: 'light', width: 1280 });
    await page.goto(url);
    await page.keyboard.press('Tab');
    expect(await ask(page, 'focused')).toBe('Skip to the content');
    expect(await page.locator('.skip').boundingBox()).toMatchObject({ x: 0 });
    await page.getByLabel('Search by host').focus();
    await page.keyboard.type('acme');
    await page.keyboard.press('Enter');
    await page.waitForURL(/q=acme/u);
    expect(await page.getByRole('status').textContent()).toBe('1 provider of 32 for “acme”');
    await page.getByRole('link', { name: 'acme/thing' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/providers\/example\.com\/acme\/thing$/u);
    const rows = await page.getByRole('row').allTextContents();
    expect(rows.map((row) => row.replace(/\s+/gu, ' ').trim()).slice(0, 3)).toEqual([
      expect.stringMatching(/^Version Signature Platforms Size$/u),
      expect.stringMatching(/^2\.0\.0-beta\.1 not signed 2 /u),
      expect.stringMatching(/^1\.2\.3 signed 2 /u),
    ]);
    await page.getByText('4 older versions').press('Enter');
    expect(await page.getByRole('link', { name: '0.0.0' }).isVisible()).toBe(true);
    await page.getByRole('row').getByRole('link', { name: '1.2.3' }).press('Enter');
    await page.waitForURL(/1\.2\.3$/u);
    const downloading = page.waitForEvent('download');
    await page.getByRole('link', { name: 'linux_amd64' }).press('Enter');
    expect((await downloading).suggestedFilename()).toBe(
      'terraform-provider-thing_1.2.3_linux_amd64.zip',
    );
    expect(problems).toEqual([]);
  });
});
