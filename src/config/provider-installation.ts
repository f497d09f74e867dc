import { quoted } from '../base/index.ts';
import { InvalidProviderAddressError, parseProviderAddress } from '../domain/index.ts';
import type { Hcl1Item, Hcl1Object } from '../hcl/index.ts';
import { ArgumentProblem, stringOf } from './block-arguments.ts';
import type { DevOverride, InstallationMethod, ProviderInstallation } from './cli-config.ts';
import { at, type ConfigProblems } from './config-problems.ts';
import { decodeMethod, methodTitle } from './installation-method.ts';

const blockTitle = 'Invalid provider_installation block';

export interface DecodeOptions {
  readonly problems: ConfigProblems;
  /** Takes `.` and `..` out of a path, by the rules of the platform. */
  readonly cleanPath: (path: string) => string;
}

/**
 * Decodes one `provider_installation` block as OpenTofu 1.12 does: each wrong part is reported, in its
 * words, and left out.
 */
export function decodeProviderInstallation(
  block: Hcl1Item,
  options: DecodeOptions,
): ProviderInstallation | undefined {
  const { problems } = options;
  const where = at(block.pos);
  if (block.assigned || block.value.kind !== 'object') {
    const detail = `The provider_installation block at ${where} must not be introduced with an equals sign.`;
    problems.add(blockTitle, detail, block.pos);
    return undefined;
  }
  if (block.keys.length > 1) {
    const detail = `The provider_installation block at ${where} must not have any labels.`;
    problems.add(blockTitle, detail, block.pos);
  }
  const methods: InstallationMethod[] = [];
  const devOverrides: DevOverride[] = [];
  for (const item of block.value.items) {
    const body = item.value;
    if (item.assigned || body.kind !== 'object') {
      const detail = `The items inside the provider_installation block at ${where} must all be blocks.`;
      problems.add(methodTitle, detail, item.pos);
      continue;
    }
    if (item.keys.length > 1) {
      const detail = `The blocks inside the provider_installation block at ${where} may not have any labels.`;
      problems.add(methodTitle, detail, item.pos);
    }
    if (item.keys[0]?.name !== 'dev_overrides') {
      const method = decodeMethod(item, { body, block, problems });
      if (method !== undefined) methods.push(method);
    } else if (methods.length > 0) {
      const detail = `The dev_overrides block at at ${at(item.pos)} must appear before all other installation methods, because development overrides always have the highest priority.`;
      problems.add(methodTitle, detail, item.pos);
    } else {
      devOverrides.push(...decodeOverrides(body, block, options));
    }
  }
  return { methods, devOverrides };
}

function decodeOverrides(
  body: Hcl1Object,
  block: Hcl1Item,
  { problems, cleanPath }: DecodeOptions,
): readonly DevOverride[] {
  const overrides: DevOverride[] = [];
  try {
    const entries = body.items.map(({ keys, value, pos }) => {
      const name = keys[0]?.name ?? '';
      return { name, directory: stringOf(value, `root.${name}`), pos };
    });
    for (const { name, directory, pos } of entries) {
      try {
        overrides.push({ provider: parseProviderAddress(name), directory: cleanPath(directory) });
      } catch (error) {
        if (!(error instanceof InvalidProviderAddressError)) throw error;
        const detail = `The entry ${quoted(name)} in ${at(block.pos)} is not a valid provider source string.\n\n${error.summary}: ${error.detail}`;
        problems.add('Invalid provider installation dev overrides', detail, pos);
      }
    }
  } catch (error) {
    if (!(error instanceof ArgumentProblem)) throw error;
    const detail = `Invalid dev_overrides block at ${at(block.pos)}: ${error.message}.`;
    problems.add(methodTitle, detail, error.pos);
  }
  return overrides;
}
