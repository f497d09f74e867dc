import type { Readable } from 'node:stream';
import { extractPackage, type ExtractOptions } from '../archive/index.ts';
import type { StagedPackage } from './interfaces.ts';

/**
 * One pass over a zip that arrives: hashed and extracted into `directory`, which is private and empty, and
 * empty again when it fails.
 * @throws what extractPackage throws
 */
export async function stageZip(
  stream: Readable,
  directory: string,
  options: ExtractOptions,
): Promise<StagedPackage> {
  const { h1OfTree, h1OfZip, size, zh } = await extractPackage(stream, directory, options);
  return { kind: 'extracted', directory, size, zh, h1OfZip, h1OfTree };
}
