import type { IncomingMessage } from 'node:http';
import type { CallOptions } from '../../base/index.ts';
import {
  type Answer,
  blobBody,
  type ByteRange,
  etagOf,
  namesDigest,
  parseRange,
  type ServingBuffers,
  type StreamedBody,
} from '../answers/index.ts';
import { gatewayError } from './answers.ts';
import type { OfferedPackage } from './offered-release.ts';
import { sharedBody, verifiedBody } from './package-body.ts';
import type { SharedDownloads } from './shared-downloads.ts';
import type { ShelvedRepository } from './shelf.ts';

export interface PackageSource {
  readonly shelved: ShelvedRepository;
  readonly buffers: ServingBuffers;
  readonly downloads: SharedDownloads;
  /** Whether caches between here and the client may keep it. */
  readonly caching: 'public' | 'private';
}

/**
 * A package, or the part of it that is asked for. From our own storage it is read as it was stored; from elsewhere all
 * of it is fetched and verified, whichever part is sent; once for all who want all of it at the same time.
 * @throws what reading the repository throws
 */
export async function packageAnswer(
  request: IncomingMessage,
  { filename, layer }: OfferedPackage,
  source: PackageSource,
  options: CallOptions,
): Promise<Answer> {
  const etag = etagOf(layer.digest);
  const common = {
    'Accept-Ranges': 'bytes',
    'Cache-Control': `${source.caching}, max-age=31536000, immutable`,
    ETag: etag,
  };
  if (namesDigest(request.headers['if-none-match'], layer.digest, 'weak')) {
    return { status: 304, headers: common };
  }
  const headers = {
    ...common,
    'Content-Type': 'application/zip',
    'Content-Disposition': `attachment; filename="${filename.replace(/[^\w.+-]/gu, '_')}"`,
  };
  const isWhole = request.headers.range === undefined;
  const opened = await openPackage(layer, source, { ...options, isWhole });
  if (opened === undefined) return gatewayError(404, `${filename} is not in the repository`);
  const { discard, size } = opened;
  const condition = request.headers['if-range'];
  const applies = typeof condition !== 'string' || condition.trim() === etag;
  const wanted = applies ? parseRange(request.headers.range, size) : ({ kind: 'whole' } as const);
  switch (wanted.kind) {
    case 'unsatisfiable': {
      await discard();
      const range = { 'Content-Range': `bytes */${String(size)}` };
      return gatewayError(416, `${filename} has ${String(size)} bytes`, range);
    }
    case 'whole':
      return {
        status: 200,
        headers: { ...headers, 'Content-Length': String(size) },
        body: opened.body({ start: 0, end: size - 1 }),
      };
    case 'part': {
      const { end, start } = wanted.range;
      return {
        status: 206,
        headers: {
          ...headers,
          'Content-Length': String(end - start + 1),
          'Content-Range': `bytes ${String(start)}-${String(end)}/${String(size)}`,
        },
        body: opened.body({ start, end }),
      };
    }
  }
}

interface OpenedPackage {
  readonly size: number;
  readonly body: (range: ByteRange) => StreamedBody;
  readonly discard: () => Promise<void>;
}

async function openPackage(
  layer: OfferedPackage['layer'],
  { buffers, downloads, shelved }: PackageSource,
  { isWhole, ...options }: CallOptions & { readonly isWhole: boolean },
): Promise<OpenedPackage | undefined> {
  if (shelved.openBlob !== undefined) {
    const blob = await shelved.openBlob(layer.digest, options);
    if (blob === undefined) return undefined;
    const body = (range: ByteRange): StreamedBody => blobBody(blob, range, buffers);
    return { size: blob.size, body, discard: () => blob.close() };
  }
  const { digest, size } = layer;
  if (isWhole) {
    const fetch = (call: CallOptions) => shelved.repository.fetch(layer, call);
    const reader = await downloads.join(`${shelved.path} ${digest} ${size}`, fetch);
    const shared = sharedBody({ reader, size, fetch });
    return { size, body: () => shared, discard: () => shared.discard() };
  }
  const content = await shelved.repository.fetch(layer, options);
  const body = (range: ByteRange): StreamedBody => verifiedBody(content, range);
  return { size, body, discard: () => body({ start: 0, end: 0 }).discard() };
}
