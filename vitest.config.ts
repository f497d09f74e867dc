import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Two cores: more workers than that only make the timing of fault tests noisier.
    maxWorkers: 2,
    restoreMocks: true,
    // Node 20 parses NODE_EXTRA_CA_CERTS at every start; no test needs the machine's roots.
    env: { NODE_EXTRA_CA_CERTS: '' },
  },
});
