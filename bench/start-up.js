/**
 * What `tofu-oci --version` costs beside an empty Node script.
 *
 *   npm run build:bin && node bench/start-up.js
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure, report } from './support/measure.js';
import { environment, makeFolder, program } from './support/setting.js';

const rounds = Number(process.env.BENCH_ROUNDS ?? 30);
const { folder, remove } = makeFolder();
try {
  const empty = join(folder, 'empty.mjs');
  writeFileSync(empty, '');
  const ours = [];
  const theirs = [];
  for (let round = 0; round < rounds; round += 1) {
    ours.push(await measure(process.execPath, [program, '--version'], { env: environment() }));
    theirs.push(await measure(process.execPath, [empty], { env: environment() }));
  }
  report('--version', 0, ours, { name: 'an empty script', runs: theirs });
} finally {
  remove();
}
