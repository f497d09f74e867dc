import type { Answer } from '../answers/index.ts';
import { assets } from './assets.ts';

/** Nothing but our own stylesheet and icon is loaded, nothing runs, and nobody frames it. */
const policy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function pageAnswer(
  status: number,
  page: { toString(): string },
  headers: Answer['headers'] = {},
): Answer {
  return {
    status,
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy,
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'private, no-cache',
      ...headers,
    },
    body: Buffer.from(page.toString()),
  };
}

/** What has its hash in its name never changes. */
export function assetAnswer(path: string): Answer | undefined {
  if (path === '/favicon.ico') {
    return { status: 303, headers: { Location: assets.icon.path } };
  }
  const asset = [assets.style, assets.icon].find((one) => one.path === path);
  return (
    asset && {
      status: 200,
      headers: {
        'Content-Type': asset.type,
        'Cache-Control': 'public, max-age=31536000, immutable',
      },
      body: asset.body,
    }
  );
}
