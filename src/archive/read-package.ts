import type { Readable } from 'node:stream';
import type { CallOptions, Files } from '../base/index.ts';
import { computeH1, zhFromHex } from '../domain/index.ts';
import { ByteInput } from './byte-input.ts';
import { TruncatedArchiveError } from './errors.ts';
import type { ArchiveLimits } from './limits.ts';
import type { EntrySink } from './local-entry.ts';
import { PackageStream } from './package-stream.ts';
import type { ExpectedPackage, PackageSummary } from './package-summary.ts';
import { readZip } from './read-zip.ts';
import { type Spool, spoolRest } from './spool.ts';

export interface ReadPackageOptions extends CallOptions {
  readonly sink: EntrySink;
  readonly limits: ArchiveLimits;
  readonly files: Files;
  /** Where the rare archive that can not be read in one direction is put meanwhile. */
  readonly spoolFolder: string;
  readonly expected?: ExpectedPackage | undefined;
  readonly onProgress?: ((receivedBytes: number) => void) | undefined;
}

/**
 * The one pass that inspecting and extracting share: hashes the zip, reads it, unpacks it into the sink,
 * and computes all its hashes. `source` is destroyed in any case.
 */
export async function readPackage(
  source: Readable,
  options: ReadPackageOptions,
): Promise<PackageSummary> {
  const { signal, limits, expected = {} } = options;
  // A stream that is destroyed late may emit an error when nobody listens any more.
  source.on('error', () => undefined);
  const abort = (): void => {
    source.destroy(signal?.reason instanceof Error ? signal.reason : undefined);
  };
  signal?.addEventListener('abort', abort, { once: true });
  let spool: Spool | undefined;
  try {
    signal?.throwIfAborted();
    const stream = new PackageStream(source, { expected, limits, onProgress: options.onProgress });
    const input = new ByteInput(stream);
    const entries = await readZip(input, {
      limits,
      sink: abortable(options.sink, signal),
      spoolRest: async () => {
        spool = await spoolRest(input, { folder: options.spoolFolder, files: options.files });
        return spool;
      },
    }).catch((error: unknown) => {
      if (error instanceof TruncatedArchiveError) stream.checkSize();
      throw error;
    });
    const { size, sha256 } = stream.finish();
    signal?.throwIfAborted();
    return {
      size,
      zh: zhFromHex(sha256),
      h1OfZip: computeH1(entries),
      h1OfTree: computeH1(entries.filter(({ kind }) => kind === 'file')),
      entries,
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    source.destroy();
    await spool?.close();
  }
}

/** An abort also stops what is unpacked from bytes that are here already. */
function abortable(sink: EntrySink, signal: AbortSignal | undefined): EntrySink {
  if (signal === undefined) return sink;
  return {
    folder: (name) => sink.folder(name),
    async file(name) {
      signal.throwIfAborted();
      const file = await sink.file(name);
      return {
        write(chunk) {
          signal.throwIfAborted();
          return file.write(chunk);
        },
        close: () => file.close(),
      };
    },
  };
}
