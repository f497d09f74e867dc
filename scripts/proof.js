/**
 * The long runs: `npm run proof`, or `npm run proof -- PART…` for some of them (the beginning of a part's name will do).
 * Parts that have passed on this commit are not run again, so it can be interrupted. Ends with a table of what was
 * counted beside what must be; the exit code is 1 when a part failed or a count is not reached.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { goals, parts } from './proof-parts.js';

const root = join(import.meta.dirname, '..');
const folder = join(root, 'node_modules', '.cache');
const stateFile = join(folder, 'tofu-oci-proof.json');
const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim();

/** Name of a part to the number that it counted. */
function passedBefore() {
  try {
    const state = JSON.parse(readFileSync(stateFile, 'utf8'));
    return state.commit === commit ? state.passed : {};
  } catch {
    return {};
  }
}

const wanted = process.argv.slice(2);
const isWanted = (name) => wanted.some((start) => name.startsWith(start));
const unknown = wanted.filter((start) => !parts.some(({ name }) => name.startsWith(start)));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}`);
  console.error(`parts:\n${parts.map(({ name }) => `  ${name}`).join('\n')}`);
  process.exit(2);
}

const passed = passedBefore();
let failed = 0;
for (const { name, vitest, env } of parts) {
  if (wanted.length > 0 ? !isWanted(name) : passed[name] !== undefined) continue;
  const started = Date.now();
  const run = spawnSync('npx', ['vitest', 'run', ...vitest], {
    cwd: root,
    env: { ...process.env, ...env, PROOF: '1', NO_COLOR: '1' },
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  const lines = [...run.stdout.matchAll(/^PROOF ([0-9]+) (.*)$/gmu)];
  const time = `${String(Math.round((Date.now() - started) / 1000))} s`;
  if (run.status === 0 && lines.length > 0) {
    passed[name] = lines.reduce((sum, [, number]) => sum + Number(number), 0);
    mkdirSync(folder, { recursive: true });
    writeFileSync(stateFile, JSON.stringify({ commit, passed }));
    console.log(
      `passed  ${name}: ${lines.map(([, n, words]) => `${n} ${words}`).join(', ')}; ${time}`,
    );
  } else {
    failed += 1;
    const reason = run.status === 0 ? 'counted nothing' : 'failed';
    console.log(`FAILED  ${name}: ${reason}; ${time}\n${run.stdout}${run.stderr}`);
  }
}

const counted = (kind) =>
  parts
    .filter((part) => part.kind === kind)
    .reduce((sum, { name }) => sum + (passed[name] ?? 0), 0);
console.log('\ncounted        goal  what');
let isShort = false;
for (const [kind, goal] of Object.entries(goals)) {
  const number = counted(kind);
  if (number < goal) isShort = true;
  const [got, must] = [number, goal].map((n) => n.toLocaleString('en-US').padStart(10));
  console.log(`${got}  ${must}  ${kind}${number < goal ? '  MISSED' : ''}`);
}
const done = parts.filter(({ name }) => passed[name] !== undefined).length;
console.log(`${String(done)} of ${String(parts.length)} parts passed, ${String(failed)} failed`);
process.exitCode = failed > 0 || (wanted.length === 0 && isShort) ? 1 : 0;
