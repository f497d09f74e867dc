/** Options of OpenTofu's own commands that we have too, and whether they take a value. */
const tofuOptions: ReadonlyMap<string, 'flag' | 'value'> = new Map([
  ['chdir', 'value'],
  ['fs-mirror', 'value'],
  ['help', 'flag'],
  ['input', 'value'],
  ['json', 'flag'],
  ['lockfile', 'value'],
  ['net-mirror', 'value'],
  ['no-color', 'flag'],
  ['oci-mirror', 'value'],
  ['platform', 'value'],
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
 * Turns OpenTofu's spelling (`providers lock`, `-upgrade`, `-lockfile=readonly`) into ours. As in Go, a flag may carry a
 * truth value: `-upgrade=false` is the same as leaving it out. What follows `--` is left alone, and so is
 * whatever we do not know.
 */
export function normaliseArguments(argv: readonly string[]): NormalisedArguments {
  const args: string[] = [];
  const given = withoutProviders(argv);
  let tofuSpelling = given !== argv;
  for (const [index, argument] of given.entries()) {
    if (argument === '--') {
      args.push(...given.slice(index));
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

/** Options that may stand before a command and have a value of their own behind them. */
const globalValues = /^--?(?:ca-file|chdir|default-host|plain-http)$/u;

/** `providers lock` is `lock`, and `providers mirror DIR` is `mirror --to fs:DIR` for the current platform. */
function withoutProviders(argv: readonly string[]): readonly string[] {
  let at = 0;
  while (argv[at]?.startsWith('-') === true) at += globalValues.test(argv[at] ?? '') ? 2 : 1;
  if (argv[at] !== 'providers') return argv;
  if (argv[at + 1] === 'lock') return argv.toSpliced(at, 1);
  return argv[at + 1] === 'mirror'
    ? [...argv.slice(0, at), 'mirror', ...mirrorArguments(argv.slice(at + 2))]
    : argv;
}

/** OpenTofu names the folder to write to, where `mirror` takes what is to be mirrored. */
function mirrorArguments(args: readonly string[]): readonly string[] {
  const hasPlatform = args.some((argument) => /^--?platform(?:=|$)/u.test(argument));
  const platform = hasPlatform ? [] : ['--platform=current'];
  const at = args.findIndex(
    (argument, index) => !argument.startsWith('-') && !/^--?platform$/u.test(args[index - 1] ?? ''),
  );
  // Without a folder, --help for example, `mirror` says what is missing.
  const target = args[at];
  return target === undefined ? args : [...platform, ...args.with(at, `--to=fs:${target}`)];
}

const isTrue = (text: string): boolean => ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text);
const isFalse = (text: string): boolean =>
  ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text);
