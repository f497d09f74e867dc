import type { LoginSummary, LogoutSummary } from '../../access/index.ts';
import { describeError } from './errors.ts';
import { type Output, printableLines } from './output.ts';

export function renderLogin(output: Output, summary: LoginSummary): void {
  for (const warning of summary.warnings) warn(output, warning);
  if (output.json) {
    output.object({ type: 'summary', command: 'login', ...summary });
    return;
  }
  const { file, helper, registry, username } = summary;
  const place = helper === undefined ? (file ?? '') : `docker-credential-${helper}${namedBy(file)}`;
  output.line(printableLines(`Logged in to ${registry} as ${username}; stored in ${place}.`));
}

function namedBy(file: string | undefined): string {
  return file === undefined ? '' : `, which ${file} names`;
}

export function renderLogout(output: Output, summary: LogoutSummary): void {
  const { failures, registry, remaining, removed } = summary;
  if (output.json) {
    const told = failures.map((failure) => describeError(failure));
    output.object({
      type: 'summary',
      command: 'logout',
      registry,
      removed,
      remaining,
      failures: told,
    });
  } else {
    if (removed.length === 0 && failures.length === 0) {
      output.line(printableLines(`Not logged in to ${registry}.`));
    }
    for (const place of removed) {
      output.line(printableLines(`Removed the login to ${registry} from ${place}.`));
    }
    // The first one is the error that the command ends with.
    for (const failure of failures.slice(1)) output.error(printableLines(describeError(failure)));
  }
  for (const place of remaining) warn(output, `Credentials still stand in ${place}.`);
}

function warn(output: Output, text: string): void {
  if (output.json) output.object({ type: 'warning', message: text });
  output.error(`${output.colors.yellow('Warning:')} ${printableLines(text)}`);
}
