/**
 * Bundles the command line: a small entry and chunks that are loaded when a command needs them. openpgp
 * stays outside (LGPL) and is resolved from node_modules.
 */
import { rmSync } from 'node:fs';
import { build } from 'esbuild';

const outdir = 'dist/bin';
rmSync(outdir, { recursive: true, force: true });
await build({
  entryPoints: { 'tofu-oci': 'src/cli/bin.ts' },
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  mainFields: ['module', 'main'],
  target: 'node20.19',
  external: ['openpgp'],
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'linked',
  // CommonJS dependencies ask for Node's own modules by require, and for their own place.
  banner: {
    js: [
      "import{createRequire as __createRequire}from'node:module';",
      "import{fileURLToPath as __toPath}from'node:url';",
      'const require=__createRequire(import.meta.url),__filename=__toPath(import.meta.url);',
    ].join(''),
  },
  logLevel: 'warning',
});
