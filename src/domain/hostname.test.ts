import { describe, expect, it } from 'vitest';
import { InvalidHostnameError } from './errors.ts';
import { displayHost, parseHostname } from './hostname.ts';

describe('parseHostname accepts', () => {
  it.each([
    ['example.com', 'example.com', 'example.com'],
    ['Example.COM', 'example.com', 'example.com'],
    ['localhost', 'localhost', 'localhost'],
    ['localhost:8080', 'localhost:8080', 'localhost:8080'],
    ['example.com:443', 'example.com', 'example.com'],
    ['example.com:00443', 'example.com', 'example.com'],
    ['example.com:08080', 'example.com:8080', 'example.com:8080'],
    ['example.com:65535', 'example.com:65535', 'example.com:65535'],
    ['BÜCHER.example:8443', 'xn--bcher-kva.example:8443', 'bücher.example:8443'],
    ['faß.de', 'xn--fa-hia.de', 'faß.de'],
    ['испытание.com', 'xn--80akhbyknj4f.com', 'испытание.com'],
    ['example。com', 'example.com', 'example.com'],
    ['example.com.', 'example.com.', 'example.com.'],
    ['bücher.example.', 'xn--bcher-kva.example.', 'bücher.example.'],
    ['אבג.example', 'xn--4dbcd.example', 'אבג.example'],
    ['אב\u0661.example', 'xn--4dbc64b.example', 'אב\u0661.example'],
    ['אב1.example', 'xn--1-zhcd.example', 'אב1.example'],
    // Not an address to be spelt out, as a URL parser would have it.
    ['127.1', '127.1', '127.1'],
    ['0x7f.1', '0x7f.1', '0x7f.1'],
    ['192.168.0.1:5000', '192.168.0.1:5000', '192.168.0.1:5000'],
    ['a--b.com', 'a--b.com', 'a--b.com'],
  ])('%s', (text, comparison, display) => {
    expect(parseHostname(text)).toBe(comparison);
    expect(displayHost(comparison)).toBe(display);
    expect(parseHostname(display)).toBe(comparison);
  });
});

describe('parseHostname rejects', () => {
  const empty = 'hostname contains empty label (two consecutive periods)';
  const digits = 'port portion contains non-digit characters';
  const labels =
    'labels must contain only letters, digits, and dashes, and may not use leading or trailing dashes';

  it.each([
    ['', 'empty string is not a valid hostname'],
    [':80', 'empty string is not a valid hostname'],
    ['a..b', empty],
    ['.a', empty],
    ['.', empty],
    [
      'xn--bcher-kva.example',
      'hostname label "xn--bcher-kva" specified in punycode format; service hostnames must be given in unicode',
    ],
    [
      'a.XN--bcher-kva',
      'hostname label "XN--bcher-kva" specified in punycode format; service hostnames must be given in unicode',
    ],
    ['ｘｎ－－bcher-kva.example', 'specified in punycode format'],
    ['example.com:', digits],
    ['example.com:80a', digits],
    ['example.com:-5', digits],
    ['[::1]:80', digits],
    ['example.com:65536', 'port number is greater than 65535'],
    ['example.com:99999999999999999999', 'port number is greater than 65535'],
    ['https://example.com', 'need just a hostname and optional port number, not a full URL'],
    ['HTTP:foo', 'need just a hostname and optional port number, not a full URL'],
    ['foo_bar', labels],
    ['-a.com', labels],
    ['a-.com', labels],
    ['é-.com', labels],
    ['é_.com', labels],
    ['ab--cd.com', labels],
    ['a b', labels],
    ['%41.com', labels],
    ['é%41.com', labels],
    ['a／b.com', labels],
    ['é.\u00ad', labels],
    ['1a.אב', labels],
    ['aא.com', labels],
    ['א1\u0660.com', labels],
    // Arabic digits alone make a name bidirectional, and a label may not begin with them.
    ['x\u0660.com', labels],
    ['\u0660.com', labels],
    ['x\u06dd.com', labels],
    ['a\u{1ec85}.com', labels],
    ['a\u{1e957}.com', labels],
    ['\u0301a.com', labels],
    ['a\u200db.com', labels],
    ['\ud800.com', labels],
    ['a'.repeat(255), 'it is longer than 254 characters'],
    [`${'é'.repeat(120)}${'a'.repeat(130)}.com`, labels],
  ])('%j', (text, why) => {
    expect(() => parseHostname(text)).toThrow(InvalidHostnameError);
    expect(() => parseHostname(text)).toThrow(why);
  });

  it('with a code and the bare reason', () => {
    let caught;
    try {
      parseHostname('a_b');
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ code: 'ERR_DOMAIN_INVALID_HOSTNAME', text: 'a_b', why: labels });
  });
});
