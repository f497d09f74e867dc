import type { ExportSummary } from '../../publish/index.ts';
import type { CopyView } from './copy.ts';
import type { Output } from './output.ts';
import { formatBytes } from './sizes.ts';

export interface ExportedOptions {
  readonly view: CopyView;
  readonly dryRun: boolean;
  /** As it was written on the command line. */
  readonly file: string;
  /** Bytes that an earlier run had fetched. */
  readonly kept: number;
  /** Of `performance.now`. */
  readonly startedAt: number;
}

/** What a summary says of a bundle, in JSON. */
export function bundleMembers(
  file: string,
  bundle: Pick<ExportSummary, 'bases' | 'sha256' | 'size'>,
): Readonly<Record<string, unknown>> {
  const { bases, sha256, size } = bundle;
  return {
    file,
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(size === undefined ? {} : { size }),
    bases,
  };
}

/** The closing lines of `export`: of a bundle, or that there is none. */
export function renderExported(
  output: Output,
  summary: ExportSummary,
  { dryRun, file, kept, startedAt, view }: ExportedOptions,
): void {
  const { bases, failures, sha256, size } = summary;
  const more = { ...bundleMembers(file, summary), written: sha256 !== undefined };
  if (failures.length > 0) {
    // Nothing was exported, whatever else could have been.
    view.summary({ ...summary, releases: [] }, startedAt, { more });
    output.error(`${file} was not written: a bundle holds all that was asked for, or is not made.`);
    return;
  }
  view.written();
  if (!output.json) {
    if (size === undefined) {
      output.line(`Nothing is new since the earlier bundles: ${file} was not written.`);
    } else {
      const hash = sha256 === undefined ? '' : `  sha256:${sha256}`;
      output.line(`${file}  ${formatBytes(size)}${hash}`);
      for (const base of bases) output.line(`  needs the bundle sha256:${base}`);
    }
  }
  if (kept > 0) output.note(`${formatBytes(kept)} were there from a run that was interrupted.`);
  view.summary(summary, startedAt, { more: { ...more, ...(dryRun ? { written: false } : {}) } });
}
