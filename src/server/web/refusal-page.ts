import type { Answer } from '../answers/index.ts';
import { pageAnswer } from './answers.ts';
import type { Place } from './place.ts';
import { problemPage } from './problem-page.ts';

/** What goes along: browsers ask for a name and a password because of the first. */
const kept: ReadonlySet<string> = new Set(['WWW-Authenticate', 'Retry-After']);

/** What programs are told who may not come in, in words for people. */
export function refusalPage(place: Place, { headers, status }: Answer): Answer {
  const same = Object.entries(headers).filter(([name]) => kept.has(name));
  const page = problemPage(place, status === 401 ? 'login' : 'tooMany');
  return pageAnswer(status, page, { ...Object.fromEntries(same), 'Cache-Control': 'no-store' });
}
