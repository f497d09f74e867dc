import type { AccessEvent } from '../../server/index.ts';

/** One request, as a line of text or of JSON. */
export type AccessFormat = (event: AccessEvent) => string;

/**
 * The combined log format of web servers, which log readers know, with the seconds that it took at the end,
 * and `cut` when the connection ended before the answer did.
 */
export const accessLine: AccessFormat = (event) => {
  const { remoteAddress, user, method, path, httpVersion, status, sentBytes, userAgent } = event;
  const request = `"${escaped(`${method} ${path} HTTP/${httpVersion}`)}"`;
  const seconds = (event.durationMs / 1000).toFixed(3);
  const fields = [
    remoteAddress === '' ? '-' : remoteAddress,
    '-',
    user === undefined ? '-' : escaped(user.slice(0, maxUserLength)).replaceAll(' ', '\\x20'),
    `[${logTime(event.time)}]`,
    request,
    status,
    sentBytes,
    '"-"',
    `"${userAgent === undefined ? '-' : escaped(userAgent)}"`,
    seconds,
  ];
  return `${fields.join(' ')}${event.complete ? '' : ' cut'}`;
};

/** The same as an object, for `--json`. */
export function accessObject(event: AccessEvent): Readonly<Record<string, unknown>> {
  return {
    type: 'request',
    time: new Date(event.time).toISOString(),
    remoteAddress: event.remoteAddress,
    user: event.user?.slice(0, maxUserLength) ?? null,
    method: event.method,
    path: event.path,
    status: event.status,
    durationMs: Math.round(event.durationMs * 1000) / 1000,
    receivedBytes: event.receivedBytes,
    sentBytes: event.sentBytes,
    userAgent: event.userAgent ?? null,
    complete: event.complete,
  };
}

/** Tokens may name anybody. */
const maxUserLength = 200;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `10/Nov/2026:13:55:36 +0000` */
function logTime(time: number): string {
  const [date = '', clock = ''] = new Date(time).toISOString().slice(0, 19).split('T');
  const [year, month, day] = date.split('-');
  return `${day}/${months[Number(month) - 1]}/${year}:${clock} +0000`;
}

/** Quotes, backslashes and everything beyond printable ASCII as `\xHH`, so that a line stays a line. */
function escaped(text: string): string {
  return text.replaceAll(/["\\]|[^\x20-\x7e]/gu, (char) =>
    [...Buffer.from(char)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}
