import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { extractPackage } from '../../src/archive/index.ts';
import { isTofuOciError } from '../../src/base/index.ts';

/** What one extraction costs a process that has done one before; printed as a line of JSON. */
export interface ProbeAnswer {
  readonly code: string | undefined;
  readonly detail: unknown;
  /** Of all threads. */
  readonly cpuSeconds: number;
  /** Highest resident memory during it, over that before it. */
  readonly grownBytes: number;
}

const kilobytes = (field: string): number => {
  const line = new RegExp(`^${field}:\\s+([0-9]+) kB$`, 'mu').exec(
    readFileSync('/proc/self/status', 'utf8'),
  );
  return Number(line?.[1]) * 1024;
};

/** Linux forgets the highest memory so far when it is told to; elsewhere it is that since the start. */
function startOfMeasuring(): { readonly grown: () => number } {
  const before = process.memoryUsage().rss;
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    kilobytes('VmHWM');
    return { grown: () => kilobytes('VmHWM') - before };
  } catch {
    return { grown: () => process.resourceUsage().maxRSS * 1024 - before };
  }
}

async function probe(good: string, zip: string, folder: string): Promise<ProbeAnswer> {
  await mkdir(join(folder, 'good'), { mode: 0o700 });
  await mkdir(join(folder, 'target'), { mode: 0o700 });
  await extractPackage(createReadStream(good), join(folder, 'good'));
  const { grown } = startOfMeasuring();
  const start = process.cpuUsage();
  const error: unknown = await extractPackage(createReadStream(zip), join(folder, 'target')).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  const { user, system } = process.cpuUsage(start);
  const fields = (isTofuOciError(error) ? error : {}) as Readonly<Record<string, unknown>>;
  return {
    code: isTofuOciError(error) ? error.code : undefined,
    detail: fields.reason ?? fields.what ?? fields.feature ?? fields.limit,
    cpuSeconds: (user + system) / 1e6,
    grownBytes: grown(),
  };
}

const [good = '', zip = '', folder = ''] = process.argv.slice(2);
console.log(JSON.stringify(await probe(good, zip, folder)));
