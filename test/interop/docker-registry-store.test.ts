import { afterAll, beforeAll, describe, it } from 'vitest';
import { createHttpClient } from '../../src/http/index.ts';
import { anonymousCredentials, createRegistryClient } from '../../src/oci/index.ts';
import {
  type DockerRegistry,
  startDockerRegistry,
  whyNoDockerRegistry,
} from '../support/docker-registry.ts';
import { storeSuite } from '../suites/store-suite.ts';

const missing = whyNoDockerRegistry();

if (missing !== undefined) {
  it.skip(`docker-registry as a store (${missing})`, () => undefined);
} else {
  describe('through the registry client', () => {
    let registry: DockerRegistry;
    const http = createHttpClient();
    let count = 0;
    beforeAll(async () => {
      registry = await startDockerRegistry();
    });
    afterAll(async () => {
      http.close();
      await registry.stop();
    });

    storeSuite(
      'docker-registry',
      () => {
        const client = createRegistryClient({ http, credentials: anonymousCredentials });
        count += 1;
        const name = { registry: registry.host, path: `suite/store-${String(count)}` };
        return Promise.resolve({
          repository: client.repository(name),
          close: () => Promise.resolve(),
        });
      },
      {
        skips: {
          'takes a manifest whose non-distributable layers are not there':
            'docker-registry takes such layers with urls only',
        },
      },
    );
  });
}
