import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pushRelease } from '../../test/support/pushed-release.ts';
import { onlyLoopback } from '../../test/support/run-cli.ts';
import { runMain } from '../../test/support/run-main.ts';
import { usePeers } from '../../test/support/scripted-peer.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { openLayoutRepository } from '../content/index.ts';

const peers = usePeers();

describe('the settings for downloads', () => {
  it.each([
    ['1', 2],
    ['3', 4],
  ])('TF_PROVIDER_DOWNLOAD_RETRY=%s makes %d tries of an OCI registry', async (retries, tries) => {
    const peer = await peers.start();
    peer.always(() => true, { status: 503, headers: { 'retry-after': '0' } });
    const { code } = await runMain(
      ['list', 'acme/thing', '--from', `${peer.host}/tf/{namespace}/{type}`],
      { home: await tempFolder(), env: { TF_PROVIDER_DOWNLOAD_RETRY: retries } },
    );
    expect(code).toBe(6);
    expect(peer.requests).toHaveLength(tries);
  });
});

describe('a file of certificates that is not there', () => {
  const env = { SSL_CERT_FILE: '/nowhere/ca.crt' };

  it('does not matter where nothing is asked over the network', async () => {
    const home = await tempFolder();
    const repository = join(home, 'store/example.com/acme/thing');
    const layout = await openLayoutRepository(repository, { mode: 'create' });
    await pushRelease(layout);
    await layout.close();
    for (const command of ['list', 'verify']) {
      const run = await runMain([command, '--from', './store'], { home, env });
      expect(run).toMatchObject({ code: 0, stderr: '' });
    }
  });

  it('is told by the name of its variable where something is', async () => {
    const from = ['--from', 'registry.invalid/tf/{namespace}/{type}'];
    const run = await runMain(['list', 'acme/thing', ...from], {
      home: await tempFolder(),
      env: { ...onlyLoopback, ...env },
    });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('SSL_CERT_FILE: cannot read /nowhere/ca.crt');
  });
});
