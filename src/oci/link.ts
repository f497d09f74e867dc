import { redactUrl } from '../base/index.ts';
import type { HttpResponse } from '../http/index.ts';
import { InvalidAnswerError } from './errors.ts';

/**
 * The page after this one, from `Link: <…>; rel="next"`. It must be another page of the same list: same
 * origin, same path, not seen before.
 * @param list the URL of the first page.
 * @param seen the pages so far; the next one is added.
 * @see https://www.rfc-editor.org/rfc/rfc8288#section-3
 * @throws InvalidAnswerError
 */
export function nextPage(response: HttpResponse, list: URL, seen: Set<string>): URL | undefined {
  const text = nextTarget(response.headers.get('link') ?? '');
  if (text === undefined) return undefined;
  const url = redactUrl(response.url);
  let next: URL;
  try {
    next = new URL(text, response.url);
  } catch (error) {
    throw new InvalidAnswerError(url, 'its Link is not a URL', { cause: error });
  }
  next.hash = '';
  const isSameList =
    next.origin === list.origin &&
    next.pathname === list.pathname &&
    next.username === '' &&
    next.password === '';
  if (!isSameList) {
    throw new InvalidAnswerError(url, `its Link leads away from the list, to ${redactUrl(next)}`);
  }
  if (seen.has(next.href)) {
    throw new InvalidAnswerError(url, 'its Link leads back to a page that was read already');
  }
  seen.add(next.href);
  return next;
}

/** Of first, last, previous, next and some others; a field full of them would cost seconds to look through. */
const maxLinks = 20;

/** The target of the first link whose relation is `next`. Never throws, whatever the field holds. */
export function nextTarget(field: string): string | undefined {
  let rest = field;
  for (let links = 0; links < maxLinks; links++) {
    const open = rest.indexOf('<');
    const close = rest.indexOf('>', open);
    if (open < 0 || close < 0) return undefined;
    const target = rest.slice(open + 1, close);
    rest = rest.slice(close + 1);
    const parameters = rest.slice(0, endOfParameters(rest));
    if (/;\s*rel\s*=\s*(?:next\b|"(?:[^"]*\s)?next(?:\s[^"]*)?")/iu.test(parameters)) return target;
  }
  return undefined;
}

/** Parameters end at the comma before the next link; one inside quotes is part of a value. */
function endOfParameters(text: string): number {
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') isQuoted = !isQuoted;
    if (text[at] === ',' && !isQuoted) return at;
  }
  return text.length;
}
