import { categoryOf } from '../../base/index.ts';
import type { ProviderAddress } from '../../domain/index.ts';
import type { GatewayCaller, ProviderShelf, ReleaseCatalog } from '../gateway/index.ts';

/** The providers that the caller may read; undefined where nobody can list them. */
export async function listProviders(
  { catalog, shelf }: { readonly catalog: ReleaseCatalog; readonly shelf: ProviderShelf },
  caller: GatewayCaller,
): Promise<readonly ProviderAddress[] | undefined> {
  const all = await allProviders(catalog);
  if (all === undefined) return undefined;
  return all.filter((provider) => {
    const path = shelf.pathFor(provider);
    return path !== undefined && caller.mayRead(path);
  });
}

/** Many registries have no list of their repositories, or show it to nobody. */
async function allProviders(
  catalog: ReleaseCatalog,
): Promise<readonly ProviderAddress[] | undefined> {
  try {
    return await catalog.providers();
  } catch (error) {
    switch (categoryOf(error)) {
      case 'not-found':
        return [];
      case 'unsupported':
      case 'auth':
      case 'usage':
        return undefined;
      default:
        throw error;
    }
  }
}
