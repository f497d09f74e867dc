import { type Diagnostic, printable, TofuOciError } from '../base/index.ts';

/** The configuration has errors; the diagnostics say where. */
export class ConfigurationError extends TofuOciError {
  readonly code = 'ERR_CLI_CONFIGURATION';
  readonly category = 'usage';
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super('the configuration has errors');
    this.diagnostics = diagnostics;
  }
}

/** Options of `lock` that say nothing that could be done, as OpenTofu words it. */
export class LockOptionsError extends TofuOciError {
  readonly code = 'ERR_CLI_LOCK_OPTIONS';
  readonly category = 'usage';
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(({ detail }) => detail).join('\n'));
    this.diagnostics = diagnostics;
  }
}

/** There is nowhere to install from. */
export class NoMirrorError extends TofuOciError {
  readonly code = 'ERR_CLI_NO_MIRROR';
  readonly category = 'usage';
  constructor(methods: readonly string[], options: { readonly faulty: boolean }) {
    const have =
      methods.length === 0 ? 'has no oci_mirror' : `has ${methods.join(', ')} but no oci_mirror`;
    super(
      options.faulty
        ? 'the CLI configuration has errors and no oci_mirror that can be used, and no location was given'
        : `the CLI configuration ${have}, and no location was given`,
      {
        hint: options.faulty
          ? 'Correct the places named above.'
          : 'Use --from \'registry.example.com/tf/{hostname}/{namespace}/{type}\', or put what "tofu-oci config LOCATION" prints into the CLI configuration: the file of TF_CLI_CONFIG_FILE, else ~/.tofurc (on Windows %APPDATA%\\tofu.rc).',
      },
    );
  }
}

/** A place that can be looked through holds no providers. */
export class NothingHeldError extends TofuOciError {
  readonly code = 'ERR_CLI_NOTHING_HELD';
  readonly category = 'not-found';
  constructor(
    places: readonly string[],
    {
      meant,
      others,
      refused,
    }: {
      /** Names of some repositories that are there, and are not the providers'. */
      readonly others: readonly string[];
      /** The location at which there are providers, if one was found. */
      readonly meant: string | undefined;
      /** How many of them may not be read. */
      readonly refused: number;
    },
  ) {
    const names = others.map((name) => printable(name, 100)).join(', ');
    const question =
      meant === undefined
        ? 'is the location written as it was when they were published?'
        : `is it '${printable(meant, 300)}' that was meant?`;
    const hint =
      refused > 0
        ? `${refused} of its repositories may not be read: is this the right login?`
        : others.length > 0
          ? `There are others, such as ${names}: ${question}`
          : 'It is empty, or the location is not the one that was published to.';
    super(`there are no providers in ${places.join(', ')}`, { hint });
  }
}

/** Nothing is named that could be mirrored. */
export class NothingToMirrorError extends TofuOciError {
  readonly code = 'ERR_CLI_NOTHING_TO_MIRROR';
  readonly category = 'not-found';
}
