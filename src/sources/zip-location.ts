import type { Readable } from 'node:stream';
import { type ExpectedPackage, extractPackage, inspectPackage } from '../archive/index.ts';
import type { CallOptions, Files } from '../base/index.ts';
import type { MeasuredPackage, PackageLocation, StagedPackage } from './interfaces.ts';

export interface ZipTransfer {
  /** For messages. */
  readonly display: string;
  /** Bytes, where they are known beforehand. */
  readonly size?: number | undefined;
  readonly expected?: ExpectedPackage | undefined;
  readonly files?: Files | undefined;
  /** Opens the zip and hands it over; `use` may be called again when the transfer broke off. */
  readonly receive: <T>(use: (body: Readable) => Promise<T>, call: CallOptions) => Promise<T>;
}

/**
 * A package that arrives as a zip: in one pass it is hashed and, where it is staged, extracted into the folder,
 * which is empty again when it fails.
 * @throws what extractPackage and `receive` throw
 */
export function zipLocation(transfer: ZipTransfer): PackageLocation {
  const { display, expected, files, receive, size } = transfer;
  return {
    display,
    size,
    stage: async (directory, { onProgress, signal } = {}): Promise<StagedPackage> =>
      await receive(
        async (body) => {
          const options = { expected, files, onProgress, signal };
          const { h1OfTree, h1OfZip, size, zh } = await extractPackage(body, directory, options);
          return { kind: 'extracted', directory, size, zh, h1OfZip, h1OfTree };
        },
        { signal },
      ),
    measure: async ({ onProgress, signal } = {}): Promise<MeasuredPackage> =>
      await receive(
        async (body) => ({
          kind: 'zip',
          ...(await inspectPackage(body, { expected, files, onProgress, signal })),
        }),
        { signal },
      ),
  };
}
