/** A TCP relay in front of a server: far away, narrow, or neither. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** Bytes on their way beyond which no more are taken from the sender. */
const maxUnderWay = 64 * 1024 * 1024;

/**
 * @param {string} target HOST:PORT
 * @param {number} oneWayMs every chunk is held back so long, each way
 * @param {number} [bytesPerSecond] of all connections together, each way for itself; default: what it can
 * @returns {Promise<{host: string, bytes: () => number, stop: () => void}>} `bytes` both ways so far
 */
export async function slowLink(target, oneWayMs, bytesPerSecond) {
  const [hostname, port] = target.split(':');
  const open = new Set();
  let bytes = 0;
  const count = (chunk) => (bytes += chunk.length);
  const [up, down] = [lane(bytesPerSecond), lane(bytesPerSecond)];
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    }
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
    relay(near, far, { oneWayMs, pass: up, count }).catch(() => far.destroy());
    relay(far, near, { oneWayMs, pass: down, count }).catch(() => near.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${server.address().port}`,
    bytes: () => bytes,
    stop() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

/** Resolves when so many bytes have gone through. Timers are late by up to a millisecond, so short waits add up first. */
function lane(bytesPerSecond) {
  let free = 0;
  return async (length) => {
    if (bytesPerSecond === undefined) return;
    free = Math.max(free, performance.now()) + (length / bytesPerSecond) * 1000;
    const wait = free - performance.now();
    if (wait > 2) await delay(wait);
  };
}

async function relay(from, to, { oneWayMs, pass, count }) {
  let underWay = 0;
  for await (const chunk of from) {
    count(chunk);
    await pass(chunk.length);
    if (oneWayMs === 0) {
      if (!to.write(chunk)) await Promise.race([once(to, 'drain'), once(to, 'close')]);
      continue;
    }
    underWay += chunk.length;
    setTimeout(() => {
      underWay -= chunk.length;
      if (to.writable) to.write(chunk);
    }, oneWayMs);
    while (underWay + to.writableLength > maxUnderWay) await delay(1);
  }
  setTimeout(() => to.end(), oneWayMs);
}
