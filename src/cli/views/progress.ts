import { formatBytes } from './sizes.ts';
import type { Output } from './output.ts';

/** One thing that moves: a package being sent or received. */
interface Row {
  readonly label: string;
  readonly total: number | undefined;
  done: number;
}

/** Progress of several transfers, drawn at the bottom of a terminal; silent anywhere else. */
export interface Progress {
  update(label: string, done: number, total?: number): void;
  finish(label: string): void;
  stop(): void;
}

/** Redraws per second: smooth enough to read, cheap enough to forget. */
const frameMs = 100;
const maxRows = 8;

const silent: Progress = {
  update: () => undefined,
  finish: () => undefined,
  stop: () => undefined,
};

export async function startProgress(
  output: Output,
  stderr: NodeJS.WritableStream,
): Promise<Progress> {
  if (!output.live) return silent;
  const { createLogUpdate } = await import('log-update');
  const draw = createLogUpdate(stderr);
  const rows = new Map<string, Row>();
  const startedAt = performance.now();
  const received = { total: 0 };

  const render = (): void => {
    const seconds = (performance.now() - startedAt) / 1000;
    const rate = seconds > 0 ? received.total / seconds : 0;
    const active = [...rows.values()].slice(0, maxRows).map((row) => drawRow(row, output));
    if (active.length > 0) draw([...active, `  ${formatBytes(rate)}/s`].join('\n'));
  };
  const timer = setInterval(render, frameMs);
  output.onWrite(() => draw.clear());

  return {
    update(label, done, total) {
      const row = rows.get(label) ?? { label, total, done: 0 };
      received.total += Math.max(0, done - row.done);
      row.done = done;
      rows.set(label, row);
    },
    finish(label) {
      rows.delete(label);
    },
    stop() {
      clearInterval(timer);
      draw.clear();
      output.onWrite(undefined);
    },
  };
}

function drawRow(row: Row, output: Output): string {
  const width = 24;
  const { total } = row;
  if (total === undefined || total === 0) return `  ${row.label}  ${formatBytes(row.done)}`;
  const share = Math.min(1, row.done / total);
  const filled = Math.round(share * width);
  const bar = `${output.colors.cyan('━'.repeat(filled))}${output.colors.dim('━'.repeat(width - filled))}`;
  const percent = `${Math.floor(share * 100)}%`.padStart(4);
  return `  ${bar} ${percent}  ${row.label}  ${formatBytes(row.done)} / ${formatBytes(total)}`;
}
