/** A TCP relay that holds every chunk back for a while, each way: a registry that is far away. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** @returns {Promise<{host: string, bytes: () => number, stop: () => void}>} `bytes` both ways so far */
export async function slowLink(target, oneWayMs) {
  const [hostname, port] = target.split(':');
  const open = new Set();
  let bytes = 0;
  const count = (chunk) => (bytes += chunk.length);
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    relay(near, far, oneWayMs);
    relay(far, near, oneWayMs);
    for (const socket of [near, far]) socket.on('data', count);
    for (const socket of [near, far]) {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
    }
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

function relay(from, to, delayMs) {
  from.setNoDelay(true);
  from.on('error', () => to.destroy());
  from.on('data', (chunk) => setTimeout(() => to.writable && to.write(chunk), delayMs));
  from.on('end', () => setTimeout(() => to.end(), delayMs));
}
