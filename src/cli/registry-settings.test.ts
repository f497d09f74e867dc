import { describe, expect, it } from 'vitest';
import { runMain } from '../../test/support/run-main.ts';
import { usePeers } from '../../test/support/scripted-peer.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';

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
