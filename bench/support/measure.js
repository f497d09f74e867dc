/** Runs a program and measures it: wall time, processor time, and the high-water mark of its memory (Linux). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

const pollMs = 10;

/** Bytes of memory the process had at most. */
export function highWaterMark(pid) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmHWM:\s+(\d+) kB$/mu.exec(status)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** User and system time so far, in seconds; Linux counts them in hundredths for everybody. */
export function processorSeconds(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return 0;
  }
}

/** @returns {Promise<{seconds: number, cpuSeconds: number, peakRss: number, stdout: string}>} */
export async function measure(program, args, options) {
  const startedAt = performance.now();
  const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let peakRss = 0;
  let cpuSeconds = 0;
  const timer = setInterval(() => {
    peakRss = Math.max(peakRss, highWaterMark(child.pid));
    cpuSeconds = Math.max(cpuSeconds, processorSeconds(child.pid));
  }, pollMs);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  const seconds = (performance.now() - startedAt) / 1000;
  clearInterval(timer);
  if (code !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return { seconds, cpuSeconds, peakRss, stdout };
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** One JSON line per case, the form that docs/benchmarks.md is written from. */
export function report(name, bytes, ours, peer) {
  const side = (runs) => ({
    seconds: Number(median(runs.map((run) => run.seconds)).toFixed(3)),
    all: runs.map((run) => Number(run.seconds.toFixed(3))),
    cpuSeconds: Number(median(runs.map((run) => run.cpuSeconds)).toFixed(2)),
    peakRssMB: Math.round(Math.max(...runs.map((run) => run.peakRss)) / 1e6),
  });
  const line = { case: name, bytes, ours: side(ours) };
  if (peer !== undefined) {
    line.peer = { name: peer.name, ...side(peer.runs) };
    line.ratio = Number((line.ours.seconds / line.peer.seconds).toFixed(3));
  }
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
