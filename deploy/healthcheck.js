/**
 * Whether the server in this container answers: exit code 0 when it does. It asks the container itself, by an address
 * and not by a name, so there is no certificate to check.
 */
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';

const url = new URL(process.env.TOFU_OCI_HEALTH_URL ?? 'https://127.0.0.1:5443/healthz');
const get = url.protocol === 'https:' ? httpsGet : httpGet;

get(url, { rejectUnauthorized: false, timeout: 4000 }, (response) => {
  response.resume();
  fail(response.statusCode === 200 ? undefined : `answered with ${response.statusCode}`);
})
  .on('timeout', () => fail('no answer within 4 seconds'))
  .on('error', ({ message }) => fail(message));

function fail(why) {
  if (why !== undefined) process.stderr.write(`${url.href}: ${why}\n`);
  process.exit(why === undefined ? 0 : 1);
}
