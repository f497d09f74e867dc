const units = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes for people, in powers of ten as `docker` and `oras` print them: `5.2 MB`, `147 MB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${units[unit] ?? ''}`;
}

/** A duration for people: `0.4 s`, `62 s`. */
export function formatSeconds(ms: number): string {
  const seconds = ms / 1000;
  return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
}

/** What is left of a transfer, for people: `8 s`, `2 min 5 s`, `1 h 20 min`. */
export function formatTimeLeft(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (!Number.isFinite(whole)) return '?';
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
