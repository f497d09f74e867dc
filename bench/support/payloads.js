/** What is published for a benchmark: providers of the default registry, one version and platform each. */
import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { measure } from './measure.js';
import { environment, makePackage, program } from './setting.js';

/** Unpacked bytes of each provider; packed they are about a fifth. */
const sizes = {
  /** One as large as they come: about 150 MB packed. */
  big: () => [700_000_000],
  /** Ten of about 25 MB packed. */
  ten: () => Array.from({ length: 10 }, () => 120_000_000),
  /** 200 of about 50 kB packed. */
  small: () => Array.from({ length: 200 }, () => 250_000),
  /** What a large project needs: twenty, of 0.5 to 10 MB packed. */
  project: () => Array.from({ length: 20 }, (_, index) => 2_500_000 * (index + 1)),
  /** Twenty of at most 1 MB packed. */
  twenty: () => Array.from({ length: 20 }, (_, index) => 250_000 * (index + 1)),
};

export const payloadNames = Object.keys(sizes);

/**
 * Pushes them. BENCH_ZIP names a real package (terraform-provider-TYPE_VERSION_OS_ARCH.zip) to be taken as the big one.
 * @returns {Promise<{providers: {type: string, version: string, zip: string, bytes: number}[], bytes: number, pushed: object[]}>}
 */
export async function publishPayload(name, { folder, registry, location }) {
  const given = name === 'big' ? process.env.BENCH_ZIP : undefined;
  const providers = [];
  const pushed = [];
  for (const [index, unpacked] of sizes[name]().entries()) {
    const [type, version] =
      given === undefined
        ? [`${name}${index + 1}`, '1.0.0']
        : /^terraform-provider-(.+?)_([^_]+)_/u.exec(basename(given)).slice(1);
    const dist = join(folder, 'dist', name, type);
    mkdirSync(dist, { recursive: true });
    const zip = join(dist, `terraform-provider-${type}_${version}_linux_amd64.zip`);
    if (given === undefined) await makePackage(zip, type, version, unpacked);
    else copyFileSync(given, zip);
    providers.push({ type, version, zip, bytes: statSync(zip).size });
    const push = ['push', `registry.opentofu.org/bench/${type}`, dist, '--to', location];
    const args = [program, ...push, '--ca-file', registry.caFile, '--no-progress'];
    pushed.push(await measure(process.execPath, args, { env: environment() }));
  }
  return { providers, pushed, bytes: providers.reduce((sum, { bytes }) => sum + bytes, 0) };
}
