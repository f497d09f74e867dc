/**
 * The long runs: `npm run proof`, or `npm run proof -- PART…` for some of them. Parts that have passed on this commit
 * are not run again, so it can be interrupted; each takes less than ten minutes.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const commands = [
  'init',
  'lock',
  'list',
  'inspect',
  'verify',
  'copy from',
  'copy to',
  'export',
  'import',
  'push',
  'mirror from',
  'mirror to',
];

/** Name to the arguments of vitest. */
const parts = new Map(
  commands.map((name) => [
    `network faults of ${name}`,
    ['test/faults/network-faults.test.ts', '-t', `ways ${name} gives`],
  ]),
);

const folder = join(root, 'node_modules', '.cache');
const stateFile = join(folder, 'tofu-oci-proof.json');
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();

function passedBefore() {
  try {
    const state = JSON.parse(readFileSync(stateFile, 'utf8'));
    return state.commit === commit ? state.passed : {};
  } catch {
    return {};
  }
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !parts.has(name));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}\nparts: ${[...parts.keys()].join(', ')}`);
  process.exit(2);
}
const passed = passedBefore();
let failed = 0;
for (const [name, args] of parts) {
  if (wanted.length > 0 ? !wanted.includes(name) : passed[name] !== undefined) continue;
  const started = Date.now();
  const run = spawnSync('npx', ['vitest', 'run', ...args], {
    cwd: root,
    env: { ...process.env, PROOF: '1', NO_COLOR: '1' },
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  const counts = /PROOF (\d.*)$/mu.exec(run.stdout)?.[1];
  const seconds = Math.round((Date.now() - started) / 1000);
  if (run.status === 0 && counts !== undefined) {
    passed[name] = counts;
    mkdirSync(folder, { recursive: true });
    writeFileSync(stateFile, JSON.stringify({ commit, passed }));
    console.log(`passed  ${counts}, ${String(seconds)} s`);
  } else {
    failed += 1;
    console.log(`FAILED  ${name}, ${String(seconds)} s\n${run.stdout}${run.stderr}`);
  }
}
const total = Object.values(passed).reduce(
  (sum, text) => sum + Number(/\d+/u.exec(text)?.[0] ?? 0),
  0,
);
console.log(
  `${String(Object.keys(passed).length)} of ${String(parts.size)} parts passed, ${String(total)} cases`,
);
process.exitCode = failed > 0 ? 1 : 0;
