import { providerSourceSuite } from '../../test/suites/provider-source-suite.ts';
import { publishPackages } from '../../test/support/oci-mirror.ts';
import { putPacked, putUnpacked } from '../../test/support/provider-folders.ts';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { createMemoryRepository, RepositoryNotFoundError } from '../content/index.ts';
import { createFilesystemMirrorSource } from './filesystem-mirror-source.ts';
import type { ProviderSource } from './interfaces.ts';
import { memoizeSource } from './memoized-source.ts';
import { createMultiSource } from './multi-source.ts';
import { createOciMirrorSource } from './oci-mirror-source.ts';
import type { OfferedPackage } from '../../test/suites/provider-source-suite.ts';

const all = { include: [], exclude: [] };

async function ociMirror(packages: readonly OfferedPackage[]): Promise<ProviderSource> {
  const repository = createMemoryRepository('memory/thing');
  await publishPackages(repository, packages);
  return createOciMirrorSource({
    repositoryFor: ({ type }) =>
      type === 'thing'
        ? Promise.resolve(repository)
        : Promise.reject(new RepositoryNotFoundError(`memory/${type}`)),
  });
}

async function folderOf(
  packages: readonly OfferedPackage[],
  layout: (index: number) => 'packed' | 'unpacked',
): Promise<ProviderSource> {
  const directory = await tempFolder();
  for (const [index, one] of packages.entries()) {
    const put = layout(index) === 'packed' ? putPacked : putUnpacked;
    await put(directory, one, one.zip);
  }
  return createFilesystemMirrorSource({ directory });
}

const packed = (packages: readonly OfferedPackage[]): Promise<ProviderSource> =>
  folderOf(packages, () => 'packed');
const unpacked = (packages: readonly OfferedPackage[]): Promise<ProviderSource> =>
  folderOf(packages, () => 'unpacked');

providerSourceSuite('an OCI mirror', async (packages) => ({ source: await ociMirror(packages) }));

providerSourceSuite('a folder of zips', async (packages) => ({ source: await packed(packages) }));

providerSourceSuite('a folder of unpacked packages', async (packages) => ({
  source: await unpacked(packages),
}));

providerSourceSuite('a folder in both layouts', async (packages) => ({
  source: await folderOf(packages, (index) => (index % 2 === 0 ? 'packed' : 'unpacked')),
}));

providerSourceSuite('several methods that share the packages', async (packages) => {
  const even = packages.filter((_, index) => index % 2 === 0);
  const odd = packages.filter((_, index) => index % 2 === 1);
  return {
    source: createMultiSource([
      { source: await ociMirror(even), ...all },
      { source: await unpacked(odd), ...all },
    ]),
  };
});

providerSourceSuite('a source that remembers', async (packages) => ({
  source: memoizeSource(await ociMirror(packages)),
}));

providerSourceSuite('methods that remember', async (packages) => ({
  source: createMultiSource([
    { source: memoizeSource(await packed(packages.slice(0, 2))), ...all },
    { source: memoizeSource(await ociMirror(packages)), ...all },
  ]),
}));
