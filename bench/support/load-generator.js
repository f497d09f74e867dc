/**
 * A program that sends requests over kept connections, one after the other on each, and says how that
 * went. It reads answers without keeping them, so that the registry and not this is what is measured.
 */
import { connect } from 'node:net';
import { jobs } from './load-jobs.js';

const readBytes = 1024 * 1024;

/** One connection: sends a request, resolves with the answer's status and headers. */
function openConnection(port) {
  let head = '';
  let left = 0;
  let pending;
  const finish = () => {
    const { resolve, answer } = pending;
    pending = undefined;
    resolve(answer);
  };
  const receive = (size, buffer) => {
    let at = 0;
    while (at < size) {
      if (left > 0) {
        const taken = Math.min(left, size - at);
        left -= taken;
        at += taken;
        if (left === 0) finish();
        continue;
      }
      const before = head.length;
      head += buffer.latin1Slice(at, Math.min(size, at + 8192));
      const end = head.indexOf('\r\n\r\n');
      if (end === -1) {
        at = Math.min(size, at + 8192);
        continue;
      }
      at += end + 4 - before;
      pending.answer = parseHead(head.slice(0, end));
      head = '';
      left = pending.bodiless ? 0 : pending.answer.length;
      if (left === 0) finish();
    }
    return true;
  };
  const socket = connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: { buffer: Buffer.alloc(readBytes), callback: receive },
  });
  const fail = (error) => pending?.reject(error ?? new Error('the connection was closed'));
  socket.on('error', fail);
  socket.on('close', () => fail());
  const send = ({ method, path, headers = '', body }) => {
    const length = body === undefined ? '' : `Content-Length: ${body.length}\r\n`;
    const text = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${headers}${length}\r\n`;
    return new Promise((resolve, reject) => {
      pending = { resolve, reject, bodiless: method === 'HEAD' };
      socket.write(body === undefined ? text : Buffer.concat([Buffer.from(text), body]));
    });
  };
  return { send, close: () => socket.destroy() };
}

function parseHead(head) {
  const length = /^content-length: (\d+)/imu.exec(head)?.[1];
  const status = Number(head.slice(9, 12));
  if (length === undefined && status !== 204) throw new Error(`no Content-Length in\n${head}`);
  return { status, length: Number(length ?? 0), location: /^location: (.+)$/imu.exec(head)?.[1] };
}

/** Whole steps of a job (a request, or a push of several) until the time is up or all are done. */
async function run({ port, connections, seconds, steps, job, options }) {
  const step = jobs[job](options);
  const latencies = [];
  let requests = 0;
  let bytes = 0;
  let begun = 0;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const until = seconds === undefined ? Infinity : startedAt + seconds * 1000;
  await Promise.all(
    Array.from({ length: connections }, async () => {
      const connection = openConnection(port);
      const send = async (request, expected) => {
        const answer = await connection.send(request);
        if (answer.status !== expected) {
          throw new Error(`${request.method} ${request.path}: ${answer.status}`);
        }
        requests += 1;
        bytes += request.method === 'HEAD' ? 0 : answer.length;
        return answer;
      };
      while (performance.now() < until && begun < (steps ?? Infinity)) {
        const number = begun++;
        const at = performance.now();
        await step(send, number);
        latencies.push(performance.now() - at);
      }
      connection.close();
    }),
  );
  const took = (performance.now() - startedAt) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  latencies.sort((a, b) => a - b);
  const quantile = (share) => latencies[Math.ceil(latencies.length * share) - 1];
  return {
    seconds: took,
    steps: latencies.length,
    requests,
    bytes,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    p50: quantile(0.5),
    p99: quantile(0.99),
    max: latencies.at(-1),
  };
}

process.on('message', (order) => {
  run(order).then(
    (result) => process.send({ result }),
    (error) => process.send({ error: String(error.stack) }),
  );
});
