import type { Diagnostic } from '../../base/index.ts';
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

export function tofuMessage(text: string): Envelope {
  return envelope('info', text);
}

export function tofuDiagnostic(diagnostic: Diagnostic): Envelope {
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
  };
}
