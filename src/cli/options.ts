import { InvalidArgumentError, Option } from 'commander';

/** An option that may be given several times: its value is the list of what was given, or undefined. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser(
    (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
  );
}

/** Sockets to one host that the client opens at most. */
const maxConcurrency = 32;

/** `--concurrency`. More than some only makes registries slow down or refuse. */
export function concurrencyOption(what: string, defaultValue: number): Option {
  const option = new Option('--concurrency <n>', `${what}, 1 to ${maxConcurrency}`);
  return option.default(defaultValue).argParser((text: string): number => {
    const count = /^\d{1,4}$/u.test(text) ? Number(text) : 0;
    if (count >= 1 && count <= maxConcurrency) return count;
    throw new InvalidArgumentError(`It should be a number from 1 to ${maxConcurrency}.`);
  });
}

/** `--trust`: what decides about signatures. Only ever named by the user, never found in a folder. */
export function trustOption(): Option {
  return new Option(
    '--trust <file>',
    'who may sign which providers (a "trust" block); default TOFU_OCI_TRUST',
  );
}
