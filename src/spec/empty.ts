import type { Descriptor } from './descriptor.ts';
import { parseDigest } from './digest.ts';
import { mediaTypes } from './media-types.ts';

/**
 * The two bytes that stand for "nothing" as a config or layer.
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidance-for-an-empty-descriptor
 */
export function emptyBlob(): Buffer {
  return Buffer.from('{}');
}

export const emptyDescriptor: Descriptor = Object.freeze({
  mediaType: mediaTypes.empty,
  digest: parseDigest('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a'),
  size: 2,
  data: 'e30=',
});
