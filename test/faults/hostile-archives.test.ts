import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { expect, it } from 'vitest';
import type { ProbeAnswer } from '../support/hostile-archive-probe.ts';
import { type HostileZip, hostileZips } from '../support/hostile-zips.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { buildZip } from '../support/zips.ts';

/*
 * Each hostile archive is extracted by a process of its own. That it is refused, and with which error, is tested beside
 * the source; here it is what the refusal may cost. `npm test` tries a few, and does not look at the clock.
 */
const isProof = process.env.PROOF === '1';
const sample = 3;
const mostSeconds = 1;
const mostGrownBytes = 64e6;

const run = promisify(execFile);

async function bundleProbe(folder: string): Promise<string> {
  const outfile = join(folder, 'probe.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, '../support/hostile-archive-probe.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  });
  return outfile;
}

it('a hostile archive is refused within a second of processor time and 64 MB of memory', async () => {
  const folder = await tempFolder();
  const probe = await bundleProbe(folder);
  const good = join(folder, 'good.zip');
  await writeFile(good, buildZip([{ name: 'a', content: 'x'.repeat(3e6), descriptor: true }]));

  const step = isProof ? 1 : Math.floor(hostileZips.length / sample);
  const chosen = hostileZips.filter((_, index) => index % step === 0);
  const problems: string[] = [];
  const costs: { readonly title: string; readonly answer: ProbeAnswer }[] = [];
  for (const [index, zip] of chosen.entries()) {
    const place = join(folder, String(index));
    const answer = await leastCost(zip, { probe, good, place });
    costs.push({ title: zip.title, answer });
    const { code, detail, cpuSeconds, grownBytes } = answer;
    const isRight = code === zip.code && (zip.detail === undefined || detail === zip.detail);
    if (!isRight) problems.push(`${zip.title}: ${String(code)} ${String(detail)}`);
    if ((await readdir(join(place, 'target'))).length > 0) problems.push(`${zip.title}: leftovers`);
    if (isProof && cpuSeconds >= mostSeconds) problems.push(`${zip.title}: ${cpuSeconds} s`);
    if (isProof && grownBytes >= mostGrownBytes) problems.push(`${zip.title}: ${grownBytes} bytes`);
    await rm(place, { recursive: true });
  }
  const most = (key: 'cpuSeconds' | 'grownBytes'): string => {
    const [first] = [...costs].sort((a, b) => b.answer[key] - a.answer[key]);
    return `${String(first?.answer[key])} (${String(first?.title)})`;
  };
  if (isProof) {
    console.log(`most processor seconds: ${most('cpuSeconds')}; most bytes: ${most('grownBytes')}`);
    console.log(`PROOF ${chosen.length - problems.length} hostile archives refused within bounds`);
  }
  expect(problems).toEqual([]);
}, 590_000);

/** A machine that is busy with other things makes the same work cost more, so too much is measured again. */
async function leastCost(zip: HostileZip, paths: ProbePaths): Promise<ProbeAnswer> {
  let answer = await refuse(zip, paths);
  for (let again = 2; again > 0 && isProof; again--) {
    if (answer.cpuSeconds < mostSeconds && answer.grownBytes < mostGrownBytes) break;
    await rm(paths.place, { recursive: true });
    answer = await refuse(zip, paths);
  }
  return answer;
}

interface ProbePaths {
  readonly probe: string;
  readonly good: string;
  readonly place: string;
}

async function refuse(zip: HostileZip, paths: ProbePaths): Promise<ProbeAnswer> {
  const { probe, good, place } = paths;
  await mkdir(place);
  const file = join(place, 'hostile.zip');
  await writeFile(file, zip.build());
  const { stdout } = await run(process.execPath, [probe, good, file, place]);
  return JSON.parse(stdout) as ProbeAnswer;
}
