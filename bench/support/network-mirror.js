/** A network mirror of zips, over TLS with the certificate that `serve` made. It announces no hashes. */
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:https';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** @param packages of the default registry: `{namespace, type, version, platform, path}` */
export async function startNetworkMirror(packages, tls) {
  const documents = new Map();
  const files = new Map();
  for (const { namespace, path, platform, type, version } of packages) {
    const base = `/registry.opentofu.org/${namespace}/${type}`;
    const index = documents.get(`${base}/index.json`) ?? { versions: {} };
    index.versions[version] = {};
    documents.set(`${base}/index.json`, index);
    const archives = documents.get(`${base}/${version}.json`) ?? { archives: {} };
    archives.archives[platform] = { url: basename(path) };
    documents.set(`${base}/${version}.json`, archives);
    files.set(`${base}/${basename(path)}`, path);
  }
  const server = createServer(
    {
      key: readFileSync(join(tls, 'server.key')),
      cert: readFileSync(join(tls, 'server.crt')),
    },
    (request, response) => {
      const document = documents.get(request.url);
      const path = files.get(request.url);
      if (document !== undefined) {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(document));
      } else if (path !== undefined) {
        response.setHeader('content-type', 'application/zip');
        response.setHeader('content-length', statSync(path).size);
        const file = createReadStream(path, { highWaterMark: 1024 * 1024 });
        pipeline(file, response).catch(() => undefined);
      } else {
        response.writeHead(404).end();
      }
    },
  );
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${server.address().port}/`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
