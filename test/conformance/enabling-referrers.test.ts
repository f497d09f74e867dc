import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startServer } from '../../src/server/index.ts';
import { digestParts } from '../../src/spec/index.ts';
import { tempFolder } from '../support/temp-folder.ts';
import { emptyBytes, image, index, referenceTo, referrer } from './documents.ts';
import { openRegistry, type Pushable } from './registry.ts';

/**
 * A folder as another program leaves it that knows nothing of the referrers API: a layout whose index
 * names the subject and the fallback tag, and the referrers only through that.
 */
async function writeForeignLayout(
  folder: string,
  manifests: readonly Pushable[],
  tags: Readonly<Record<string, Pushable>>,
): Promise<void> {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  for (const { bytes, digest } of manifests) {
    await writeFile(join(blobs, digestParts(digest).hex), bytes);
  }
  const empty = '44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a';
  await writeFile(join(blobs, empty), emptyBytes);
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const listed = Object.entries(tags).map(([tag, manifest]) => ({
    ...referenceTo(manifest),
    annotations: { 'org.opencontainers.image.ref.name': tag },
  }));
  await writeFile(join(folder, 'index.json'), index(listed).bytes);
}

describe('v1.1.1 #enabling-the-referrers-api', () => {
  it.each([false, true])(
    'lists what fallback tags list already, read-only: %s',
    async (readOnly) => {
      const folder = await tempFolder();
      const subject = image({ annotations: { 'org.example.name': 'subject' } });
      const listed = referrer(subject, { annotations: { 'org.example.listed': 'yes' } });
      const claimed = image({ annotations: { 'org.example.claims': 'no subject' } });
      const fallback = index([referenceTo(listed), referenceTo(claimed)]);
      await writeForeignLayout(join(folder, 'old', 'repo'), [subject, listed, claimed, fallback], {
        v1: subject,
        [subject.digest.replace(':', '-')]: fallback,
      });
      const server = await startServer({ folder, listen: '127.0.0.1:0', readOnly });
      onTestFinished(() => server.close());
      const registry = openRegistry({ url: server.addresses[0]?.url ?? '' }, 'new');
      onTestFinished(() => registry.close());

      const list = async () => {
        const { json } = await registry.send('GET', `/v2/old/repo/referrers/${subject.digest}`);
        return (json as { readonly manifests: readonly unknown[] }).manifests;
      };
      // Only the one whose own bytes name the subject.
      expect(await list()).toMatchObject([{ digest: listed.digest }]);
      if (readOnly) return;
      const fresh = referrer(subject, { annotations: { 'org.example.fresh': 'yes' } });
      await registry.pushManifest('old/repo', fresh);
      expect(await list()).toHaveLength(2);
    },
  );
});
