import { domainToASCII, domainToUnicode } from 'node:url';
import { obeysBidiRule } from './bidi.ts';
import { InvalidHostnameError } from './errors.ts';
import { shown } from './shown.ts';

// The rules are those of OpenTofu's svchost: IDNA lookup (UTS 46, non-transitional) with STD3 rules and
// hyphen checks, done by Node's own tables plus the checks that the URL standard leaves out.

/** No name longer than this can be looked up in the DNS (RFC 1035 §2.3.4, with the trailing dot). */
const maxHostLength = 254;
/** No file system takes a longer name, and namespace and type become names of folders. */
const maxPartLength = 255;

const asciiDomain = /^[A-Za-z0-9.-]*$/u;
const asciiOnly = /^[\u0000-\u007f]*$/u;

/**
 * Parses `HOST[:PORT]` as people write it and gives its comparison form: lower-case ASCII (punycode), port
 * without leading zeros, `:443` dropped. Idempotent for ASCII names only, since punycode is refused as
 * input. Facts: provider-address grammar of OpenTofu 1.12 (registry-address v2, svchost).
 * @throws InvalidHostnameError
 */
export function parseHostname(text: string): string {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  const port = colon < 0 ? '' : parsePort(text, name, text.slice(colon + 1));
  if (name === '') throw new InvalidHostnameError(text, 'empty string is not a valid hostname');
  if (name.length > maxHostLength) {
    throw new InvalidHostnameError(text, `it is longer than ${maxHostLength} characters`);
  }
  checkLabels(text, name);
  const ascii = lookupAscii(name);
  if (ascii === undefined || ascii.length > maxHostLength) {
    throw new InvalidHostnameError(
      text,
      'labels must contain only letters, digits, and dashes, and may not use leading or trailing dashes',
    );
  }
  return ascii + port;
}

/** The form for people, files and folders: Unicode. Takes the comparison form. */
export function displayHost(hostname: string): string {
  if (!hostname.includes('xn--')) return hostname;
  const colon = hostname.indexOf(':');
  const name = colon < 0 ? hostname : hostname.slice(0, colon);
  const dot = name.endsWith('.') ? '.' : '';
  return (
    fromGuarded(domainToUnicode(guarded(name.slice(0, name.length - dot.length)))) +
    dot +
    (colon < 0 ? '' : hostname.slice(colon))
  );
}

/**
 * Normalises a single label that is no punycode, as namespace and type are: lower case, NFC, Unicode.
 * Undefined when it is not made of letters, digits and single interior dashes.
 */
export function lookupLabel(label: string): string | undefined {
  if (label.length > maxPartLength) return undefined;
  const ascii = lookupAscii(label);
  // Some characters are mapped to a dot; a part of an address may not turn into two labels.
  if (ascii === undefined || ascii.includes('.')) return undefined;
  const unicode = displayHost(ascii);
  return unicode.includes('--') ? undefined : unicode;
}

function parsePort(text: string, name: string, digits: string): string {
  if (!/^[0-9]+$/u.test(digits)) {
    const isUrl = /^https?$/iu.test(name);
    throw new InvalidHostnameError(
      text,
      isUrl
        ? 'need just a hostname and optional port number, not a full URL'
        : 'port portion contains non-digit characters',
    );
  }
  const number = digits.replace(/^0+(?=[0-9])/u, '');
  if (number.length > 5 || Number(number) > 65535) {
    throw new InvalidHostnameError(text, 'port number is greater than 65535');
  }
  return number === '443' ? '' : `:${number}`;
}

function checkLabels(text: string, name: string): void {
  const labels = name.split('.');
  if (labels.at(-1) === '' && labels.length > 1) labels.pop();
  for (const label of labels) {
    if (label === '') {
      throw new InvalidHostnameError(
        text,
        'hostname contains empty label (two consecutive periods)',
      );
    }
    // Other spellings of the prefix would be taken for punycode after mapping.
    if (label.normalize('NFKC').toLowerCase().startsWith('xn--')) {
      throw new InvalidHostnameError(
        text,
        `hostname label ${shown(label)} specified in punycode format; service hostnames must be given in unicode`,
      );
    }
  }
}

/** IDNA lookup to ASCII; undefined when the name has no valid form. */
function lookupAscii(name: string): string | undefined {
  const dot = name.endsWith('.') ? '.' : '';
  const rest = name.slice(0, name.length - dot.length);
  let ascii;
  let unicode;
  if (asciiOnly.test(rest)) {
    if (!asciiDomain.test(rest)) return undefined;
    ascii = rest.toLowerCase();
    unicode = ascii;
  } else {
    // A URL parser would decode percent signs and stop at others; none is allowed in a name anyway.
    if (!asciiDomain.test(rest.replaceAll(/[^\u0000-\u007f]/gu, ''))) return undefined;
    ascii = fromGuarded(domainToASCII(guarded(rest)));
    unicode = fromGuarded(domainToUnicode(guarded(ascii)));
  }
  const labels = unicode.split('.');
  return labels.every(isSoundLabel) && obeysBidiRule(labels) ? ascii + dot : undefined;
}

/** STD3 and hyphen rules of UTS 46, which the URL standard does not ask for. */
function isSoundLabel(label: string): boolean {
  if (label === '' || label.startsWith('-') || label.endsWith('-')) return false;
  if (!asciiDomain.test(label.replaceAll(/[^\u0000-\u007f]/gu, ''))) return false;
  return Array.from(label).slice(2, 4).join('') !== '--';
}

/** With a last label that is no number, nothing is taken for an IPv4 address in an odd spelling. */
function guarded(name: string): string {
  return `${name}.x`;
}

/** Empty when the name was invalid. */
function fromGuarded(name: string): string {
  return name.endsWith('.x') ? name.slice(0, -2) : '';
}
