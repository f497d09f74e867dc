import type { Readable, Writable } from 'node:stream';

/** Standard input, which may be a terminal. */
export type Input = Readable & {
  readonly isTTY?: boolean;
  /** Whether keys come as they are pressed, and are not shown. */
  setRawMode?(raw: boolean): unknown;
};

/** Everything the command line knows of the process it runs in; tests hand in their own. */
export interface CliIo {
  readonly stdin: Input;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** `process.platform` and `process.arch`, in Node's words. */
  readonly platform: string;
  readonly arch: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** For a command that passes them on to another program, instead of `signal`. */
  readonly signals?: {
    /** From now on signals do nothing but call the listener. @returns what gives them back */
    take(listener: (signal: NodeJS.Signals) => void): () => void;
  };
}
