import { type Diagnostic, TofuOciError } from '../base/index.ts';

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

/** The configuration calls child modules, whose requirements are not read yet. */
export class ChildModulesError extends TofuOciError {
  readonly code = 'ERR_CLI_CHILD_MODULES';
  readonly category = 'unsupported';
  constructor(name: string) {
    super(
      `the configuration calls the module "${name}", and providers of child modules are not read yet`,
      {
        hint: 'Use "tofu init" with the configuration that "tofu-oci config LOCATION" prints.',
      },
    );
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
