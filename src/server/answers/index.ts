export { type Answer, jsonAnswer, sendAnswer, type StreamedBody } from './answer.ts';
export { blobBody } from './blob-body.ts';
export { type ByteRange, parseChunkRange, parseRange, type RangeRequest } from './byte-range.ts';
export { etagOf, namesDigest } from './conditions.ts';
export { ServingBuffers } from './serving-buffers.ts';
