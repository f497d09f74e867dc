import { categoryOf, type Diagnostic, isTofuOciError } from '../../base/index.ts';
import { version } from '../version.ts';

/** Version of OpenTofu's machine-readable UI that these objects follow. */
const uiVersion = '1.2';

interface Envelope extends Readonly<Record<string, unknown>> {
  readonly '@level': 'info' | 'warn' | 'error';
  readonly '@message': string;
}

function envelope(level: Envelope['@level'], message: string): Envelope {
  return {
    '@level': level,
    '@message': message,
    '@module': 'tofu.ui',
    '@timestamp': new Date().toISOString(),
  };
}

/** The first line: who speaks. */
export function tofuVersion(): Envelope {
  return {
    ...envelope('info', `tofu-oci ${version}`),
    type: 'version',
    'tofu-oci': version,
    ui: uiVersion,
  };
}

export function tofuMessage(text: string, level: 'info' | 'warn' = 'info'): Envelope {
  return envelope(level, text);
}

/** @param cause what failed, if it is an error's diagnostic: its code and category are added to OpenTofu's fields */
export function tofuDiagnostic(diagnostic: Diagnostic, cause?: unknown): Envelope {
  const { severity, summary, detail, range } = diagnostic;
  const title = severity === 'error' ? 'Error' : 'Warning';
  return {
    ...envelope(severity === 'error' ? 'error' : 'warn', `${title}: ${summary}`),
    type: 'diagnostic',
    diagnostic: {
      severity,
      summary,
      detail,
      ...(range === undefined
        ? {}
        : { range: { filename: range.file, start: range.start, end: range.end } }),
    },
    ...(cause === undefined ? {} : classOf(cause)),
  };
}

function classOf(error: unknown): Readonly<Record<string, string>> {
  const category = categoryOf(error);
  if (!isTofuOciError(error)) return { code: 'ERR_UNEXPECTED', category };
  const { code, hint } = error;
  return { code, category, ...(hint === undefined ? {} : { hint }) };
}
