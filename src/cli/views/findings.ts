import { categoryOf } from '../../base/index.ts';
import type { Finding } from '../../release/index.ts';
import { describeError, hintOf } from './errors.ts';
import { codeOf } from './failures.ts';

/** A finding as `--json` has it. */
export function findingObject(finding: Finding): Readonly<Record<string, unknown>> {
  const { platform, severity } = finding;
  const place = platform === undefined ? {} : { platform };
  if (finding.severity === 'warning') return { severity, ...place, message: finding.message };
  const { error } = finding;
  const hint = hintOf(error);
  return {
    severity,
    ...place,
    code: codeOf(error),
    category: categoryOf(error),
    message: describeError(error),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** What it is about and what is wrong, on one line. */
export function findingLine(finding: Finding): string {
  const { platform } = finding;
  const text = finding.severity === 'problem' ? describeError(finding.error) : finding.message;
  const line = text.replaceAll(/\n\s*/gu, '; ');
  return platform === undefined ? line : `${platform}: ${line}`;
}
