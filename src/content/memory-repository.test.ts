import { expect, it } from 'vitest';
import { storeSuite } from '../../test/suites/store-suite.ts';
import { mediaTypes } from '../spec/index.ts';
import { bytesSource, ChildMissingError, createMemoryRepository, manifestSource } from './index.ts';
import { emptyDescriptor } from '../spec/index.ts';

storeSuite('the memory repository', () =>
  Promise.resolve({
    repository: createMemoryRepository('memory'),
    close: () => Promise.resolve(),
  }),
);

it('names the child that is missing', async () => {
  const repository = createMemoryRepository('memory');
  const document = { schemaVersion: 2, config: emptyDescriptor, layers: [] };
  const { descriptor } = bytesSource(Buffer.from(JSON.stringify(document)), mediaTypes.manifest);
  const image = { descriptor, bytes: Buffer.from(JSON.stringify(document)) };
  const error = await repository.push(manifestSource(image)).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ChildMissingError);
  expect(error).toMatchObject({
    code: 'ERR_CONTENT_CHILD_MISSING',
    category: 'conflict',
    repository: 'memory',
    manifest: descriptor.digest,
    child: { digest: emptyDescriptor.digest },
  });
});

it('does not change when the bytes it was given, or gave, are changed', async () => {
  const repository = createMemoryRepository('memory');
  const bytes = Buffer.from('{"schemaVersion":2,"manifests":[]}');
  const { descriptor } = bytesSource(bytes, mediaTypes.index);
  await repository.tag({ descriptor, bytes }, 'x');
  bytes.fill(0);
  (await repository.readManifest('x')).bytes.fill(0);
  expect((await repository.readManifest('x')).bytes.toString()).toContain('schemaVersion');
});
