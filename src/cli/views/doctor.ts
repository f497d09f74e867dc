import type { Check, CheckStatus, DoctorSummary } from '../../access/index.ts';
import { type Output, printableLines } from './output.ts';

/** Words of one width, so that what follows stands in a column. */
const words: Readonly<Record<CheckStatus, string>> = {
  ok: 'ok     ',
  warning: 'warning',
  problem: 'problem',
  skipped: 'skipped',
};

export interface DoctorView {
  readonly check: (check: Check) => void;
  readonly finish: (summary: DoctorSummary) => void;
}

/** One line per check, and below it what to do. */
export function doctorView(output: Output): DoctorView {
  return {
    check: (check) => {
      const { advice, status, text, topic } = check;
      if (output.json) {
        output.object({ type: 'check', ...check });
        return;
      }
      if (output.quiet && (status === 'ok' || status === 'skipped')) return;
      const line = `${topic}: ${text}`.replaceAll('\n', ' ');
      output.line(`${words[status]}  ${printableLines(line)}`);
      if (advice === undefined) return;
      output.line(`         -> ${printableLines(advice.replaceAll('\n', ' '))}`);
    },
    finish: ({ checks, problems, warnings }) => {
      if (output.json) {
        output.object({ type: 'summary', command: 'doctor', checks, warnings, problems });
        return;
      }
      const many = (count: number, what: string): string =>
        `${count === 0 ? 'no' : count} ${what}${count === 1 ? '' : 's'}`;
      output.line(`${checks} checks: ${many(problems, 'problem')}, ${many(warnings, 'warning')}.`);
    },
  };
}
