import { createHash } from 'node:crypto';
import { stylesheet } from './stylesheet.ts';

export interface Asset {
  /** With a hash of the content in it. */
  readonly path: string;
  readonly type: string;
  readonly body: Buffer;
}

function asset(name: string, extension: string, type: string, text: string): Asset {
  const body = Buffer.from(text);
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16);
  return { path: `/assets/${name}-${hash}.${extension}`, type, body };
}

const icon =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#3b6fb6" d="M8 0l7 4v8l-7 4-7-4V4z"/><path fill="#fff" d="M8 4l3.5 2v4L8 12l-3.5-2V6z"/></svg>';

export const assets = {
  style: asset('style', 'css', 'text/css; charset=utf-8', stylesheet),
  icon: asset('icon', 'svg', 'image/svg+xml', icon),
} as const;
