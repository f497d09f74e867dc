/** Options of OpenTofu's own commands that we have too, and whether they take a value. */
const tofuOptions: ReadonlyMap<string, 'flag' | 'value'> = new Map([
  ['chdir', 'value'],
  ['help', 'flag'],
  ['input', 'value'],
  ['json', 'flag'],
  ['lockfile', 'value'],
  ['no-color', 'flag'],
  ['plugin-dir', 'value'],
  ['upgrade', 'flag'],
  ['version', 'flag'],
]);

export interface NormalisedArguments {
  readonly args: readonly string[];
  /** OpenTofu's spelling was used, so its exit codes (0 and 1) are expected as well. */
  readonly tofuSpelling: boolean;
}

/**
 * Turns OpenTofu's spelling (`-upgrade`, `-lockfile=readonly`) into ours. As in Go, a flag may carry a
 * truth value: `-upgrade=false` is the same as leaving it out. What follows `--` is left alone, and so is
 * whatever we do not know.
 */
export function normaliseArguments(argv: readonly string[]): NormalisedArguments {
  const args: string[] = [];
  let tofuSpelling = false;
  for (const [index, argument] of argv.entries()) {
    if (argument === '--') {
      args.push(...argv.slice(index));
      break;
    }
    const [, name = '', value] = /^-([a-z][a-z-]+)(?:=(.*))?$/su.exec(argument) ?? [];
    const kind = tofuOptions.get(name);
    if (kind === undefined) {
      args.push(argument);
      continue;
    }
    tofuSpelling = true;
    if (kind === 'value') args.push(value === undefined ? `--${name}` : `--${name}=${value}`);
    else if (value === undefined || isTrue(value)) args.push(`--${name}`);
    else if (!isFalse(value)) args.push(argument);
  }
  return { args, tofuSpelling };
}

const isTrue = (text: string): boolean => ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text);
const isFalse = (text: string): boolean =>
  ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text);
