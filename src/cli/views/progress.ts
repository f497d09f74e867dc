import { formatBytes, formatTimeLeft } from './sizes.ts';
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
  /** Begins with the first byte, so that the time before it does not make the transfer look slow. */
  let startedAt: number | undefined;
  let moved = 0;

  const render = (): void => {
    if (rows.size === 0) return;
    const seconds = (performance.now() - (startedAt ?? performance.now())) / 1000;
    const shown = [...rows.values()].slice(0, maxRows);
    const labelWidth = Math.max(...shown.map(({ label }) => label.length));
    const lines = shown.map((row) => drawRow(row, labelWidth, output));
    const rate = moved / seconds;
    const left = [...rows.values()].reduce(
      (sum, { done, total }) => sum + Math.max(0, (total ?? done) - done),
      0,
    );
    const parts = [
      ...(seconds < 0.2 ? [] : [`${formatBytes(rate)}/s`]),
      ...(seconds < 2 || left === 0 ? [] : [`${formatTimeLeft(left / rate)} left`]),
      ...(rows.size > shown.length ? [`and ${rows.size - shown.length} more`] : []),
    ];
    draw([...lines, `  ${parts.join(', ')}`].join('\n'));
  };
  const timer = setInterval(render, frameMs);
  output.onWrite(() => draw.clear());

  return {
    update(label, done, total) {
      const row = rows.get(label) ?? { label, total, done: 0 };
      startedAt ??= performance.now();
      moved += Math.max(0, done - row.done);
      row.done = done;
      rows.set(label, row);
    },
    finish(label) {
      rows.delete(label);
      if (rows.size === 0) draw.clear();
    },
    stop() {
      clearInterval(timer);
      draw.clear();
      output.onWrite(undefined);
    },
  };
}

/** Columns of the bar; a terminal of 80 then has room for a label of 30. */
const barWidth = 24;

/** One line, never wider than the terminal: a wrapped one would leave its pieces behind. */
function drawRow({ done, label, total }: Row, labelWidth: number, output: Output): string {
  const room = (output.columns ?? 80) - 1;
  const size =
    total === undefined || total === 0
      ? formatBytes(done)
      : `${formatBytes(done)} / ${formatBytes(total)}`;
  const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
  const percent = share === undefined ? '' : `${Math.floor(share * 100)}%`.padStart(4);
  const fixed = 2 + percent.length + 2 + 2 + size.length;
  const hasBar = share !== undefined && room - fixed - barWidth - 1 >= Math.min(labelWidth, 12);
  const name = fit(label, Math.max(0, room - fixed - (hasBar ? barWidth + 1 : 0)), labelWidth);
  const bar = hasBar ? `${drawBar(share, output)} ` : '';
  return `  ${bar}${percent}  ${name}  ${size}`;
}

/** Without colors the two parts differ in their signs. */
function drawBar(share: number, { colors }: Output): string {
  const filled = Math.round(share * barWidth);
  const rest = barWidth - filled;
  return colors.isColorSupported
    ? `${colors.cyan('━'.repeat(filled))}${colors.dim('━'.repeat(rest))}`
    : `${'━'.repeat(filled)}${'·'.repeat(rest)}`;
}

/** Cut or filled up to one width, so that what follows stands below each other. */
function fit(text: string, room: number, wanted: number): string {
  const width = Math.min(room, wanted);
  return text.length <= width ? text.padEnd(width) : `${text.slice(0, Math.max(0, width - 1))}…`;
}
