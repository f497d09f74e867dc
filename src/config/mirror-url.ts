import { quoted } from '../base/index.ts';

/**
 * Why a text is no address of a network mirror, in the words of OpenTofu and of the parser that it uses; undefined
 * when it is one: https, with a host. Go's parser takes and refuses other texts than the URL standard does; what
 * either of them refuses is refused.
 * @see https://pkg.go.dev/net/url#Parse
 */
export function mirrorUrlProblem(text: string): string | undefined {
  const given = quoted(text);
  const unparsed = `Cannot parse ${given} as a URL for a network provider mirror`;
  const parsed = parseAsGo(text);
  if ('why' in parsed) return `${unparsed}: parse ${given}: ${parsed.why}.`;
  if (parsed.scheme !== 'https' || parsed.host === '') {
    return `Cannot use ${given} as a URL for a network provider mirror: the mirror must be at an https: URL.`;
  }
  return URL.canParse(text) ? undefined : `${unparsed}: parse ${given}: invalid URL.`;
}

type ParsedUrl = { readonly scheme: string; readonly host: string } | { readonly why: string };

function parseAsGo(text: string): ParsedUrl {
  if (/[\0-\x1f\x7f]/u.test(text)) return { why: 'net/url: invalid control character in URL' };
  const [beforeFragment = '', ...fragment] = text.split('#');
  if (beforeFragment.startsWith(':')) return { why: 'missing protocol scheme' };
  const scheme = /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):/u.exec(beforeFragment)?.groups?.['scheme'];
  const rest = (scheme === undefined ? beforeFragment : beforeFragment.slice(scheme.length + 1))
    .split('?', 1)
    .join('');
  const found = { scheme: (scheme ?? '').toLowerCase(), host: '' };
  if (!rest.startsWith('/')) {
    const isBroken = scheme === undefined && /^[^/]*:/u.test(rest);
    return isBroken ? { why: 'first path segment in URL cannot contain colon' } : found;
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== undefined || !rest.startsWith('///'));
  const [authority = ''] = hasAuthority ? rest.slice(2).split('/', 1) : [''];
  const path = hasAuthority ? rest.slice(2 + authority.length) : rest;
  const host = authority.slice(authority.lastIndexOf('@') + 1);
  const why =
    hostProblem(host) ??
    userProblem(authority) ??
    wrongEscape(path) ??
    wrongEscape(fragment.join('#'));
  return why === undefined ? { ...found, host } : { why };
}

function hostProblem(host: string): string | undefined {
  const end = host.lastIndexOf(']');
  if (host.startsWith('[') && end < 0) return "missing ']' in host";
  const colon = host.startsWith('[') ? end + 1 : host.lastIndexOf(':');
  const port = colon < 0 ? '' : host.slice(colon);
  if (port !== '' && !/^:[0-9]*$/u.test(port)) return `invalid port ${quoted(port)} after host`;
  const escape = /%(?!25)[^]{0,2}/u.exec(host)?.[0];
  if (escape !== undefined) return `invalid URL escape ${quoted(escape)}`;
  const wrong = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\u0080-\u{10ffff}]/u.exec(host)?.[0];
  return wrong === undefined ? undefined : `invalid character ${quoted(wrong)} in host name`;
}

function userProblem(authority: string): string | undefined {
  const at = authority.lastIndexOf('@');
  if (at < 0) return undefined;
  const user = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/u.test(user)) return 'net/url: invalid userinfo';
  return wrongEscape(user);
}

function wrongEscape(text: string): string | undefined {
  const wrong = /%(?![0-9A-Fa-f]{2})[^]{0,2}/u.exec(text)?.[0];
  return wrong === undefined ? undefined : `invalid URL escape ${quoted(wrong)}`;
}
