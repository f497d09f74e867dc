import { type Diagnostic } from '../../base/index.ts';
import {
  type CliConfigLocations,
  displayPath,
  type LoadedCliConfig,
  type Surroundings,
} from '../../config/index.ts';
import type { Tell } from './check.ts';

export interface FoundConfiguration extends LoadedCliConfig {
  readonly locations: CliConfigLocations;
  /** Whether the main file is there. */
  readonly isThere: boolean;
  readonly surroundings: Surroundings;
}

/** Where the CLI configuration is, what is wrong in it, and what it installs from. */
export function checkConfiguration(found: FoundConfiguration, tell: Tell): void {
  const { config, diagnostics, isThere, locations, surroundings } = found;
  const { mainFile, named } = locations;
  const file = mainFile === undefined ? undefined : displayPath(mainFile, surroundings);
  if (isThere) {
    const by = named ? ', which the environment names' : '';
    tell({
      topic: 'configuration',
      status: 'ok',
      text: `the CLI configuration is ${file ?? ''}${by}`,
    });
  } else if (!named) {
    const text = `there is no CLI configuration${file === undefined ? '' : ` (${file})`}`;
    const advice = 'What "tofu-oci config LOCATION" prints goes there.';
    tell({ topic: 'configuration', status: 'ok', text, advice });
  }
  for (const diagnostic of diagnostics) tellDiagnostic(diagnostic, named && !isThere, tell);
  const methods = config.providerInstallation?.methods ?? [];
  if (methods.length === 0) return;
  const told = methods.map((method) => {
    return method.kind === 'oci_mirror' ? `oci_mirror ${method.template.text}` : method.kind;
  });
  tell({
    topic: 'configuration',
    status: 'ok',
    text: `OpenTofu installs from: ${told.join(', ')}`,
  });
}

function tellDiagnostic(
  { detail, range, severity, summary }: Diagnostic,
  isMissing: boolean,
  tell: Tell,
): void {
  const place =
    range === undefined ? '' : ` (${range.file}:${range.start.line}:${range.start.column})`;
  const text = `${summary}${detail === '' ? '' : `: ${detail}`}${place}`;
  if (severity === 'error') {
    const advice = 'Correct the file: OpenTofu goes on with what it understands of it.';
    tell({ topic: 'configuration', status: 'problem', category: 'usage', text, advice });
    return;
  }
  const advice = isMissing
    ? 'Unset TF_CLI_CONFIG_FILE (or TERRAFORM_CONFIG), or write the file; until then no other is read.'
    : undefined;
  tell({ topic: 'configuration', status: 'warning', text, advice });
}
