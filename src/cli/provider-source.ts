import type { ProviderSource } from '../sources/index.ts';
import { NoMirrorError } from './errors.ts';
import type { Wiring } from './wire.ts';

/**
 * Where `init` takes providers from: the location given, else the `oci_mirror` methods of the CLI
 * configuration.
 * @throws NoMirrorError when there is neither
 */
export async function providerSource(
  wiring: Wiring,
  from: string | undefined,
): Promise<ProviderSource> {
  const { createMultiSource, createOciMirrorSource } = await import('../sources/index.ts');
  const location = wiring.findLocation(from);
  if (location !== undefined) {
    return createOciMirrorSource({
      repositoryFor: (provider) => wiring.repository(location, provider, 'read'),
    });
  }
  const repositories = await wiring.repositories();
  const methods = repositories.config.providerInstallation?.methods ?? [];
  const mirrors = methods.flatMap((method) => (method.kind === 'oci_mirror' ? [method] : []));
  if (mirrors.length === 0) {
    throw new NoMirrorError(
      methods.map(({ kind }) => kind),
      { faulty: repositories.configHasErrors },
    );
  }
  return createMultiSource(
    mirrors.map((method) => ({
      include: method.include,
      exclude: method.exclude,
      source: createOciMirrorSource({
        repositoryFor: (provider) =>
          Promise.resolve(repositories.remote(method.template.repositoryFor(provider))),
        trustAllHashes: method.trustAllHashes,
      }),
    })),
  );
}
