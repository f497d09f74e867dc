import { dirname, join } from 'node:path';
import type { Clock } from '../../base/index.ts';
import { openReloadable, type Reloadable, type ReloadEvents } from '../reloadable.ts';
import type { TlsOptions } from '../server-options.ts';
import { givenMaterial } from './given-material.ts';
import { selfSignedMaterial, type TlsMaterial } from './self-signed.ts';

export interface TlsPlace {
  /** What clients call us, as far as we know. */
  readonly hosts: readonly string[];
  /** What they may call us besides: named by a certificate that is made, and no reason to make one. */
  readonly also?: readonly string[];
  readonly servedFolder: string | undefined;
  readonly clock: Clock | undefined;
}

/**
 * The certificate to listen with, and the one that later stands in its place: renewed by whoever renews
 * it, or, where it is of our making, by another server that shares the folder.
 * @throws TlsMaterialError, TlsFolderError, TlsHostError, FileAccessError, LimitExceededError
 */
export async function openTls(
  tls: TlsOptions,
  { also, hosts, servedFolder, clock }: TlsPlace,
  events: ReloadEvents,
): Promise<Reloadable<TlsMaterial>> {
  if (tls.kind === 'files') {
    return openReloadable((read) => givenMaterial({ ...tls, clock, read }), events);
  }
  const wanted = [...(tls.hosts ?? []), ...hosts];
  const made = await selfSignedMaterial(tls.folder, { hosts: wanted, also, servedFolder, clock });
  const { caFile } = made;
  const folder = dirname(caFile ?? join(tls.folder, 'ca.crt'));
  const files = {
    certFile: join(folder, 'server.crt'),
    keyFile: join(folder, 'server.key'),
  };
  const { replaced } = made;
  return openReloadable(async (read) => {
    const material = await givenMaterial({ ...files, clock, read });
    return { ...material, caFile, replaced };
  }, events);
}
