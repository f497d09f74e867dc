import { relative, resolve } from 'node:path';
import { nodeFiles, readFileBounded } from '../base/index.ts';
import {
  type Location,
  parsePathTemplate,
  type PathTemplate,
  repositoryKinds,
} from '../domain/index.ts';
import type { GatewaySettings } from '../server/index.ts';
import type { SigningKeyPair } from '../signatures/index.ts';
import { openCopySource } from './copy-places.ts';
import { openLocationShelf } from './location-shelf.ts';
import { UsageError } from './usage-error.ts';
import type { Wiring } from './wire.ts';

/** What `serve` serves. */
export interface ServedPlaces {
  /** Of the registry; undefined where only another place's providers are served. */
  readonly folder: string | undefined;
  readonly gateway: GatewaySettings;
  /** Where the providers are, for people. */
  readonly name: string;
  /** What is strange about the settings, in sentences, though they can be used. */
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

export interface ServedOptions {
  readonly from?: string;
  readonly trust?: string;
  readonly trustAllHashes?: boolean;
  readonly signKey?: string;
  readonly urlKey?: string;
}

const defaultFolder = './registry';
const defaultTemplate = '{hostname}/{namespace}/{type}';

/**
 * The folder of the registry, and the place of the providers: in that folder unless `--from` names another one. A
 * location inside the folder is read through the registry, which alone may open it.
 * @throws UsageError and what reading keys and opening places throws
 */
export async function servedPlaces(
  wiring: Wiring,
  dir: string | undefined,
  options: ServedOptions,
): Promise<ServedPlaces> {
  const location =
    options.from === undefined
      ? undefined
      : wiring.findLocation(options.from, { kinds: repositoryKinds });
  const folder =
    dir === undefined && location !== undefined && location.kind !== 'oci-layout'
      ? undefined
      : resolve(wiring.directory, dir ?? folderOf(location) ?? defaultFolder);
  const shared = {
    trust: trustSettings(wiring, options.trust),
    signer: await readSigner(wiring, options.signKey),
    trustAllHashes: options.trustAllHashes ?? false,
    urlSecret: await readUrlSecret(wiring, options.urlKey),
  };
  const warnings = options.urlKey === undefined ? [] : await openSecret(wiring, options.urlKey);
  // An empty file, or one with errors, ends the command before anything is opened.
  await wiring.trust(options.trust);
  const inside = folder === undefined ? undefined : templateInside(wiring, folder, location);
  if (inside !== undefined) {
    return {
      folder,
      warnings,
      name: `${dir ?? folderOf(location) ?? defaultFolder}, ${inside.text}`,
      gateway: {
        ...shared,
        source: { kind: 'folder', template: inside, host: wiring.defaultHost },
      },
      close: () => Promise.resolve(),
    };
  }
  const place = await openCopySource(wiring, options.from);
  const opened = await openLocationShelf(wiring, place);
  const { shelf } = opened;
  return {
    folder,
    warnings,
    name: shelf.name,
    gateway: { ...shared, source: { kind: 'shelf', shelf } },
    close: () => opened.close(),
  };
}

/** `--from ./registry/tf/{hostname}/…` without a folder serves what is there. */
function folderOf(location: Location | undefined): string | undefined {
  return location?.kind === 'oci-layout' ? location.directory : undefined;
}

/** The template of a location in the served folder, as that folder's registry names repositories. */
function templateInside(
  wiring: Wiring,
  folder: string,
  location: Location | undefined,
): PathTemplate | undefined {
  if (location === undefined) return parsePathTemplate(defaultTemplate);
  if (location.kind !== 'oci-layout') return undefined;
  const way = relative(folder, resolve(wiring.directory, location.directory)).replaceAll('\\', '/');
  if (way === '') return location.template;
  if (way.startsWith('..')) return undefined;
  return parsePathTemplate(`${way}/${location.template.text}`);
}

function trustSettings(wiring: Wiring, given: string | undefined): GatewaySettings['trust'] {
  const { enforceExpiration, enforceSignatures } = wiring.environment;
  const file = wiring.trustFile(given);
  return { file: file?.path, display: file?.display, enforceExpiration, enforceSignatures };
}

async function readSigner(
  wiring: Wiring,
  file: string | undefined,
): Promise<SigningKeyPair | undefined> {
  if (file === undefined) return undefined;
  const { readSigningKey } = await import('../signatures/index.ts');
  const armor = await wiring.readKeyFile(file);
  return await readSigningKey(armor, wiring.env.TOFU_OCI_SIGN_PASSPHRASE);
}

/** As long as what HMAC-SHA256 is made for; more than some lines are something else. */
const urlKeyBytes = { min: 32, max: 4096 };

async function readUrlSecret(
  wiring: Wiring,
  file: string | undefined,
): Promise<Uint8Array | undefined> {
  if (file === undefined) return undefined;
  const secret = await readFileBounded(resolve(wiring.directory, file), {
    files: nodeFiles,
    maxBytes: urlKeyBytes.max,
  });
  if (secret.length >= urlKeyBytes.min) return secret;
  throw new UsageError(
    `--url-key: ${file} has ${String(secret.length)} bytes, expected 32 at least`,
    {
      hint: `Make one: (umask 077; head -c 32 /dev/urandom > ${file})`,
    },
  );
}

/** Replicas may read it by their group; whoever else can sign addresses for themselves. */
async function openSecret({ directory, platform }: Wiring, file: string): Promise<string[]> {
  if (platform.os === 'windows') return [];
  const { mode } = await nodeFiles.stat(resolve(directory, file));
  return (mode & 0o007) === 0
    ? []
    : [`${file}: every user of this machine can open it, and sign addresses of packages with it`];
}
