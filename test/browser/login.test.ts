import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parsePathTemplate } from '../../src/domain/index.ts';
import { startServer } from '../../src/server/index.ts';
import { findPeer } from '../support/peers.ts';
import { tempFolder } from '../support/temp-folder.ts';

const peer = findPeer('chromium', 'CHROMIUM_BIN');

describe('a browser', () => {
  it.skipIf(peer.path === undefined)('asks for name and token, and shows the pages', async () => {
    const root = await tempFolder();
    const tokensFile = join(root, 'tokens');
    const hash = createHash('sha256').update('of-ann').digest('hex');
    await writeFile(tokensFile, `ann sha256:${hash}\n`);
    const server = await startServer({
      folder: join(root, 'served'),
      listen: '127.0.0.1:0',
      tokensFile,
      gateway: {
        source: { kind: 'folder', template: parsePathTemplate('{hostname}/{namespace}/{type}') },
        trust: {},
      },
    });
    onTestFinished(() => server.close());
    const executablePath = peer.path ?? '';
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
    onTestFinished(() => browser.close());
    const visit = async (httpCredentials?: { username: string; password: string }) => {
      const context = await browser.newContext(httpCredentials && { httpCredentials });
      const page = await context.newPage();
      return (await page.goto(`${server.addresses[0]?.url ?? ''}/login`))?.status();
    };
    expect(await visit({ username: 'ann', password: 'of-ann' })).toBe(200);
    // Nobody sits there to be asked.
    await expect(visit()).rejects.toThrow(/INVALID_AUTH_CREDENTIALS/u);
  });
});
