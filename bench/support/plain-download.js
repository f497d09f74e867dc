/** The bytes of a URL into nothing: what a transfer takes when nothing else is done. `node plain-download.js URL CA` */
import { readFileSync } from 'node:fs';
import { get } from 'node:https';

const [, , url, caFile] = process.argv;
get(url, { ca: readFileSync(caFile) }, (answer) => {
  if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.statusCode}`);
  answer.resume();
});
