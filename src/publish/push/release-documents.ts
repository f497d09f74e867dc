import { basename, join } from 'node:path';
import { FileAccessError, type Files, readFileBounded } from '../../base/index.ts';
import { evidenceLimits, parseSha256Sums, type Sha256Sums } from '../../artifact/index.ts';
import { formatVersion, type Version } from '../../domain/index.ts';
import { PackageSelectionError, ReleaseChecksumError } from '../errors.ts';
import type { LocalPackage } from './local-package.ts';

/** The documents that a release tool leaves beside the zips. */
export interface ReleaseDocuments {
  readonly sums:
    { readonly path: string; readonly bytes: Buffer; readonly parsed: Sha256Sums } | undefined;
  readonly signature: { readonly path: string; readonly bytes: Buffer } | undefined;
  /** Plugin protocol versions of the registry manifest, `["5.0"]`. */
  readonly protocols: readonly string[];
}

interface DocumentRequest {
  readonly type: string;
  readonly version: Version;
  readonly folders: readonly string[];
}

/** A registry manifest is some hundred bytes. */
const maxManifestBytes = 64 * 1024;

/**
 * Looks for SHA256SUMS, its signature and the registry manifest beside the packages, by goreleaser's
 * names (with or without a leading `v`), in each folder; the manifest also as
 * `../terraform-registry-manifest.json`.
 * @throws PackageSelectionError when two folders hold different ones; FileAccessError.
 */
export async function readDocuments(
  request: DocumentRequest,
  files: Files,
): Promise<ReleaseDocuments> {
  const stem = `terraform-provider-${request.type}_`;
  const version = formatVersion(request.version);
  const prefixes = [`${stem}${version}_`, `${stem}v${version}_`];
  const beside = (name: string): readonly string[] =>
    request.folders.flatMap((folder) => prefixes.map((prefix) => join(folder, prefix + name)));

  const sums = await theOne(
    [...beside('SHA256SUMS'), ...request.folders.map((folder) => join(folder, 'SHA256SUMS'))],
    evidenceLimits.sums,
    files,
  );
  const signature =
    sums === undefined
      ? undefined
      : await theOne([`${sums.path}.sig`], evidenceLimits.signature, files);
  const manifest = await theOne(
    [
      ...beside('manifest.json'),
      ...request.folders.map((folder) => join(folder, '..', 'terraform-registry-manifest.json')),
    ],
    maxManifestBytes,
    files,
  );
  return {
    sums:
      sums === undefined
        ? undefined
        : { ...sums, parsed: parseSha256Sums(sums.bytes.toString('utf8'), basename(sums.path)) },
    signature,
    protocols: manifest === undefined ? [] : readProtocols(manifest),
  };
}

/**
 * Every package must stand in SHA256SUMS under its own file name with its own hash.
 * @throws ReleaseChecksumError
 */
export function checkSums(sums: Sha256Sums, packages: readonly LocalPackage[]): void {
  for (const { path, record } of packages) {
    const name = basename(path);
    const stated = sums.get(name);
    if (stated === undefined) {
      throw new ReleaseChecksumError(name, `SHA256SUMS has no line for ${name}`);
    }
    if (stated !== record.zh) {
      throw new ReleaseChecksumError(
        name,
        `${name} is ${record.zh}, but SHA256SUMS states ${stated}`,
      );
    }
  }
}

interface Found {
  readonly path: string;
  readonly bytes: Buffer;
}

async function theOne(
  candidates: readonly string[],
  maxBytes: number,
  files: Files,
): Promise<Found | undefined> {
  let found: Found | undefined;
  for (const path of candidates) {
    const bytes = await readIfThere(path, maxBytes, files);
    if (bytes === undefined) continue;
    if (found !== undefined && !found.bytes.equals(bytes)) {
      throw new PackageSelectionError(`${found.path} and ${path} differ`);
    }
    found ??= { path, bytes };
  }
  return found;
}

async function readIfThere(
  path: string,
  maxBytes: number,
  files: Files,
): Promise<Buffer | undefined> {
  try {
    return await readFileBounded(path, { files, maxBytes });
  } catch (error) {
    const errno = error instanceof FileAccessError ? error.errno : undefined;
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** @see https://developer.hashicorp.com/terraform/registry/providers/publishing (version 1) */
function readProtocols(manifest: Found): readonly string[] {
  let document: unknown;
  try {
    document = JSON.parse(manifest.bytes.toString('utf8'));
  } catch (error) {
    throw new PackageSelectionError(`${manifest.path} is not JSON`, { cause: error });
  }
  const protocols = field(field(document, 'metadata'), 'protocol_versions');
  const valid =
    Array.isArray(protocols) &&
    protocols.every((item): item is string => typeof item === 'string' && /^\d+\.\d+$/u.test(item));
  if (!valid) {
    throw new PackageSelectionError(
      `${manifest.path} has no metadata.protocol_versions list like ["5.0"]`,
    );
  }
  return protocols;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}
