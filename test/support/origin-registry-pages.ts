import { createHash } from 'node:crypto';
import type {
  OriginAnswer,
  OriginFaults,
  OriginPackage,
  OriginRegistryOptions,
  OriginRelease,
  OriginReleaseKeys,
} from './origin-registry.ts';

const notFound: OriginAnswer = { status: 404, body: 'not found' };

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

const filenameOf = ({ platform, type, version }: OriginPackage): string =>
  `terraform-provider-${type}_${version}_${platform}.zip`;

/** What an origin registry answers, by path. */
export class OriginPages {
  readonly #options: OriginRegistryOptions;
  readonly #faults: OriginFaults;

  constructor(options: OriginRegistryOptions, faults: OriginFaults) {
    this.#options = options;
    this.#faults = faults;
  }

  async answer(path: string, authorization: string | undefined): Promise<OriginAnswer> {
    if (path === '/.well-known/terraform.json') {
      return this.#json({ 'providers.v1': '/v1/providers/' });
    }
    const [first, ...parts] = path.slice(1).split('/');
    const { token } = this.#options;
    if (first === 'files') return await this.#file(parts, path);
    if (token !== undefined && authorization !== `Bearer ${token}`) return { status: 401 };
    if (first === 'v1') return this.#registry(parts.slice(1));
    return first === 'mirror' ? this.#mirror(parts) : notFound;
  }

  #packages(namespace = '', type = '', version?: string): readonly OriginPackage[] {
    return this.#options.packages.filter(
      (each) =>
        each.namespace === namespace &&
        each.type === type &&
        (version === undefined || each.version === version),
    );
  }

  #keysOf(release: OriginRelease): OriginReleaseKeys {
    const { keys = [], keysOf } = this.#options;
    return keysOf?.(release) ?? { listed: keys, signer: keys[0] };
  }

  #json(value: unknown): OriginAnswer {
    return {
      headers: { 'content-type': 'application/json' },
      body: ' '.repeat(this.#faults.padding ?? 0) + JSON.stringify(value),
    };
  }

  #registry([namespace, type, version, verb, os, arch]: readonly string[]): OriginAnswer {
    if (version === 'versions') {
      const found = this.#packages(namespace, type);
      if (found.length === 0) return notFound;
      const versions = [...new Set(found.map((each) => each.version))];
      const platformsOf = (wanted: string): readonly object[] =>
        found
          .filter((each) => each.version === wanted)
          .map(({ platform }) => platform.split('_'))
          .map(([os, arch]) => ({ os, arch }));
      return this.#json({
        versions: versions.map((each) => ({
          version: each,
          protocols: ['5.0'],
          platforms: platformsOf(each),
        })),
        warnings: null,
      });
    }
    const release = this.#packages(namespace, type, version);
    const found = release.find(({ platform }) => platform === `${os ?? ''}_${arch ?? ''}`);
    if (verb !== 'download' || found === undefined) return notFound;
    const base = `/files/${found.namespace}/${found.type}/${found.version}`;
    const keys = this.#keysOf(found).listed;
    return this.#json({
      protocols: ['5.0'],
      os,
      arch,
      filename: filenameOf(found),
      download_url: `${base}/${filenameOf(found)}`,
      shasum: this.#faults.wrongShasum === true ? '0'.repeat(64) : sha256(found.zip),
      shasums_url: `${base}/SHA256SUMS`,
      shasums_signature_url: `${base}/SHA256SUMS.sig`,
      signing_keys: {
        gpg_public_keys: keys.map(({ armor, keyId }) => ({ key_id: keyId, ascii_armor: armor })),
      },
      ...(this.#options.reportsPackages === true ? { packages: reported(release) } : {}),
      ...this.#faults.document,
    });
  }

  #mirror([, namespace, type, file = '']: readonly string[]): OriginAnswer {
    const found = this.#packages(namespace, type);
    if (found.length === 0) return notFound;
    if (file === 'index.json') {
      return this.#json({
        versions: Object.fromEntries(found.map(({ version }) => [version, {}])),
      });
    }
    const release = found.filter(({ version }) => file === `${version}.json`);
    if (release.length === 0) return notFound;
    const archives = release.map((each) => [
      each.platform,
      {
        url: `/files/${each.namespace}/${each.type}/${each.version}/${filenameOf(each)}`,
        hashes: this.#faults.mirrorHashes ?? [each.h1, `zh:${sha256(each.zip)}`],
      },
    ]);
    return this.#json({ archives: Object.fromEntries(archives) as unknown });
  }

  async #file(
    [namespace = '', type = '', version = '', name = '']: readonly string[],
    path: string,
  ): Promise<OriginAnswer> {
    const { alteredZips, filesAt, missingSignature, missingSums } = this.#faults;
    if (filesAt !== undefined) return { status: 302, headers: { location: `${filesAt}${path}` } };
    if (name === 'SHA256SUMS') {
      return missingSums === true ? notFound : { body: this.#sums(namespace, type, version, true) };
    }
    if (name === 'SHA256SUMS.sig') {
      const release = { namespace, type, version };
      const signer = this.#faults.signer ?? this.#keysOf(release).signer;
      if (missingSignature === true) return notFound;
      const sums = this.#sums(namespace, type, version, false);
      return { body: (await signer?.sign(sums)) ?? Buffer.from('no signature') };
    }
    const found = this.#packages(namespace, type, version).find(
      (each) => filenameOf(each) === name,
    );
    if (found === undefined) return notFound;
    const zip = Buffer.from(found.zip);
    if (alteredZips === true) zip.writeUInt8(zip.readUInt8(zip.length - 30) ^ 1, zip.length - 30);
    return { headers: { 'content-type': 'application/zip' }, body: zip };
  }

  #sums(namespace = '', type = '', version = '', mayBeAltered: boolean): Buffer {
    const release = this.#packages(namespace, type, this.#faults.sumsOfVersion ?? version);
    const lines = release.map((each) => `${sha256(each.zip)}  ${filenameOf(each)}\n`).sort();
    if (mayBeAltered && this.#faults.alteredSums === true)
      lines.push(`${'0'.repeat(64)}  added.zip\n`);
    return Buffer.from(lines.join(''));
  }
}

function reported(release: readonly OriginPackage[]): unknown {
  return Object.fromEntries(
    release.map(({ h1, platform, zip }) => [
      platform,
      { hashes: [h1, `zh:${sha256(zip)}`], package_size: zip.length },
    ]),
  );
}
