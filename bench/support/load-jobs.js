/** What the load generator sends: each job makes a function that does one step over a connection. */
import { createHash } from 'node:crypto';

export const manifestType = 'application/vnd.oci.image.manifest.v1+json';

/** The empty descriptor of OCI 1.1. */
export const emptyBlob = Buffer.from('{}');

export function digestOf(bytes) {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A manifest of one layer; as long as one of a provider package. */
export function makeManifest(layer, layerBytes) {
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType: 'application/vnd.opentofu.provider-target',
      config: {
        mediaType: 'application/vnd.oci.empty.v1+json',
        digest: digestOf(emptyBlob),
        size: emptyBlob.length,
      },
      layers: [{ mediaType: 'archive/zip', digest: layer, size: layerBytes }],
    }),
  );
}

export const jobs = {
  /** Reads the paths in turn. */
  read: ({ method = 'GET', paths, headers }) => {
    return (send, number) => send({ method, path: paths[number % paths.length], headers }, 200);
  },

  /**
   * A new blob, a new manifest that has it, and a tag: begin upload, send blob, put manifest. Steps are
   * unlike those of any other `seed`.
   */
  push: ({ repository, seed, blobBytes }) => {
    return async (send, number) => {
      const blob = Buffer.alloc(blobBytes, `${seed} ${number} `);
      const digest = digestOf(blob);
      await pushBlob(send, repository, { blob, digest });
      const body = makeManifest(digest, blobBytes);
      const path = `/v2/${repository}/manifests/${seed}-${number}`;
      await send({ method: 'PUT', path, headers: `Content-Type: ${manifestType}\r\n`, body }, 201);
    };
  },

  /** A new manifest under a tag of its own, over a blob that is there. */
  tag: ({ repository, seed, layer, layerBytes }) => {
    const document = JSON.parse(String(makeManifest(layer, layerBytes)));
    return (send, number) => {
      const annotations = { 'org.opencontainers.image.version': `${seed}.${number}` };
      const body = Buffer.from(JSON.stringify({ ...document, annotations }));
      const path = `/v2/${repository}/manifests/${seed}.${number}`;
      return send({ method: 'PUT', path, headers: `Content-Type: ${manifestType}\r\n`, body }, 201);
    };
  },

  /** One blob, given as so many random bytes from the seed. */
  blob: ({ repository, blobs }) => {
    return (send, number) => {
      const [seed, bytes] = blobs[number];
      const blob = noise(seed, bytes);
      return pushBlob(send, repository, { blob, digest: digestOf(blob) });
    };
  },
};

async function pushBlob(send, repository, { blob, digest }) {
  const upload = await send(
    { method: 'POST', path: `/v2/${repository}/blobs/uploads/`, body: Buffer.alloc(0) },
    202,
  );
  const at = upload.location.replace(/^https?:\/\/[^/]+/u, '');
  const path = `${at}${at.includes('?') ? '&' : '?'}digest=${digest}`;
  const headers = 'Content-Type: application/octet-stream\r\n';
  await send({ method: 'PUT', path, headers, body: blob }, 201);
}

/** Bytes that are the same for the same seed. */
export function noise(seed, length) {
  const bytes = Buffer.alloc(length);
  const unit = createHash('sha512').update(String(seed)).digest();
  for (let at = 0, number = 0; at < length; at += unit.length, number += 1) {
    unit.writeUInt32LE(number, 0);
    unit.copy(bytes, at);
  }
  return bytes;
}
