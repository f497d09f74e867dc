import type { Readable, Writable } from 'node:stream';

/** Everything the command line knows of the process it runs in; tests hand in their own. */
export interface CliIo {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** `process.platform` and `process.arch`, in Node's words. */
  readonly platform: string;
  readonly arch: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}
