/** The last argument of every function that waits. */
export interface CallOptions {
  /** Aborting it rejects the call with the signal's reason and releases everything it holds. */
  readonly signal?: AbortSignal | undefined;
}
