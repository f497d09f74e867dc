import { formatProviderAddress } from '../provider-address.ts';
import { formatVersion } from '../version.ts';
import { formatConstraints } from '../version-constraints.ts';
import { type LockFile, type ProviderLock, sortedHashes } from './lock-file.ts';

/** OpenTofu's own, so that both tools leave the file as the other one wrote it. */
const header = `# This file is maintained automatically by "tofu init".
# Manual edits may be lost in future updates.
`;

/** The text of `.terraform.lock.hcl`, to the byte what OpenTofu 1.10 to 1.12 write for the same locks. */
export function formatLockFile(lockFile: LockFile): string {
  return header + lockFile.providers().map(formatBlock).join('');
}

function formatBlock({ provider, version, constraints, hashes }: ProviderLock): string {
  const constraintsText = formatConstraints(constraints);
  const aligned = constraintsText === '' ? 'version' : 'version    ';
  const lines = [
    '',
    `provider ${quoteHcl(formatProviderAddress(provider))} {`,
    `  ${aligned} = ${quoteHcl(formatVersion(version))}`,
    ...(constraintsText === '' ? [] : [`  constraints = ${quoteHcl(constraintsText)}`]),
    ...formatHashes(sortedHashes(hashes)),
    '}',
    '',
  ];
  return lines.join('\n');
}

function formatHashes(hashes: readonly string[]): readonly string[] {
  if (hashes.length === 0) return [];
  return ['  hashes = [', ...hashes.map((hash) => `    ${quoteHcl(hash)},`), '  ]'];
}

const escapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '"': '\\"',
  '\\': '\\\\',
};

/** A quoted string without templates, as HCL's own writer spells it. */
function quoteHcl(text: string): string {
  const escaped = text.replaceAll(
    /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]|["\\]|[$%](?=\{)/gu,
    (character) => {
      if (character === '$' || character === '%') return character + character;
      const code = character.codePointAt(0) ?? 0;
      return escapes[character] ?? (code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`);
    },
  );
  return `"${escaped}"`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, '0');
}
