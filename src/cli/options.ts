import { Option } from 'commander';

/** An option that may be given several times: its value is the list of what was given, or undefined. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, description).argParser(
    (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
  );
}
