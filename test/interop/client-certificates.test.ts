import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startDockerRegistry } from '../support/docker-registry.ts';
import { findPeer } from '../support/peers.ts';
import { makeReleaseFolder } from '../support/release-folder.ts';
import { runCli } from '../support/run-cli.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { makeTestCertificate } from '../support/test-certificate.ts';
import { push, titled } from './peer-commands.ts';

const peer = findPeer('docker-registry');

describe.skipIf(peer.path === undefined)(
  titled('docker-registry that knows its clients', peer),
  () => {
    it('takes a push with the certificate in certs.d, and none without', async () => {
      const [server, ann] = [
        await makeTestCertificate(),
        await makeTestCertificate({ commonName: 'ann' }),
      ];
      const registry = await startDockerRegistry({ tls: { ...server, clientCa: ann.ca } });
      onTestFinished(() => registry.stop());
      const cwd = await tempFolder();
      const release = await makeReleaseFolder(join(cwd, 'dist'), {
        type: 'thing',
        version: '1.2.3',
        platforms: ['linux_amd64'],
      });
      const folder = join(cwd, '.config', 'containers', 'certs.d', registry.host);
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, 'ca.crt'), server.ca);
      const location = `${registry.host}/tf/{hostname}/{namespace}/{type}`;
      const args = ['registry.example.com/acme/thing', release.folder, '--to', location];
      const refused = await runCli(['push', ...args], { cwd });
      expect(refused.code).toBe(4);
      expect(refused.stderr).toContain('client certificate');
      expect(refused.stderr).toContain(`certs.d/${registry.host}`);

      await writeFile(join(folder, 'client.cert'), ann.cert);
      await writeFile(join(folder, 'client.key'), ann.key, { mode: 0o600 });
      expect(await push(args, { cwd })).toMatchObject({ action: 'published' });
    });
  },
);
