import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProviderPattern, parseProviderAddress } from '../domain/index.ts';
import { noTrustPolicy, readTrustPolicy, trustLimits, TrustPolicyError } from './index.ts';

const [a, b] = ['A1'.repeat(20), 'B2'.repeat(20)];
const long = 'C3'.repeat(32);
const rule = (pattern: string, inner = `keys = ["${a}"]`): string =>
  `trust {\n  provider "${pattern}" {\n    ${inner}\n  }\n}\n`;

function problemsOf(text: string): string {
  try {
    readTrustPolicy(text, 'trust.hcl');
  } catch (error) {
    expect(error).toMatchObject({ code: 'ERR_SIGNATURES_TRUST_POLICY', category: 'usage' });
    if (error instanceof Error) return error.message;
  }
  return 'accepted';
}

describe('readTrustPolicy', () => {
  describe('accepts', () => {
    it('a rule with everything in it', () => {
      const text = `
        # Who may sign.
        trust {
          provider "registry.opentofu.org/hashicorp/*" {
            keys         = ["${a.toLowerCase()}", "${long}", "${a}"]
            expired_keys = "accept"
            unsigned     = "accept"
          }
        }`;
      expect(readTrustPolicy(text, 'x/trust.hcl').rules).toEqual([
        {
          pattern: { hostname: 'registry.opentofu.org', namespace: 'hashicorp', type: '*' },
          keys: [a, long],
          expiredKeys: 'accept',
          unsigned: 'accept',
          place: 'x/trust.hcl:4',
        },
      ]);
    });

    it('a rule with keys alone, which is strict about signatures and tells of expired keys', () => {
      const [read] = readTrustPolicy(rule('hashicorp/null'), 'trust.hcl').rules;
      expect(read).toMatchObject({ unsigned: 'reject', expiredKeys: 'warn', place: 'trust.hcl:2' });
    });

    it.each([
      ['hashicorp/null', 'registry.opentofu.org/hashicorp/null'],
      ['Hashicorp/*', 'registry.opentofu.org/hashicorp/*'],
      ['Example.com:443/a/b', 'example.com/a/b'],
      ['example.com:8443/*/*', 'example.com:8443/*/*'],
      ['*/*/*', '*/*/*'],
    ])('the pattern %s', (pattern, formatted) => {
      const [read] = readTrustPolicy(rule(pattern), 'trust.hcl').rules;
      expect(read && formatProviderPattern(read.pattern)).toBe(formatted);
    });

    it.each([
      ['nothing', '', 0],
      ['an empty block', 'trust {}', 0],
      ['several blocks', rule('a/b') + rule('a/c'), 2],
      [
        'what a mirror is to do beside it',
        `mirror {\n  to = var.x\n  x "y" {}\n}\n${rule('a/b')}`,
        1,
      ],
      ['a beginning that editors on Windows write', `\ufeff${rule('a/b')}`, 1],
      ['ends of lines that editors on Windows write', rule('a/b').replaceAll('\n', '\r\n'), 1],
    ])('%s', (_, text, count) => {
      expect(readTrustPolicy(text, 'trust.hcl').rules).toHaveLength(count);
    });
  });

  describe('rejects, with the line', () => {
    it.each([
      ['an argument outside', 'x = 1', /^trust\.hcl:1: Unsupported argument: .*"x"/u],
      [
        'an unknown block',
        '\nprovider "a/b" {}',
        /^trust\.hcl:2: Unsupported block: .*"provider"/u,
      ],
      ['a label of trust', 'trust "x" {}', /^trust\.hcl:1: Extraneous label for trust: /u],
      [
        'an argument in trust',
        'trust {\n  x = 1\n}',
        /^trust\.hcl:2: Unsupported argument: .*"x"/u,
      ],
      ['a block in trust', 'trust {\n  x {}\n}', /^trust\.hcl:2: Unsupported block: .*"x"/u],
      [
        'no pattern',
        `trust {\n  provider {\n keys = ["${a}"]\n }\n}`,
        /^trust\.hcl:2: Wrong number/u,
      ],
      [
        'two',
        `trust {\n  provider "a/b" "c" {\n keys = ["${a}"]\n }\n}`,
        /^trust\.hcl:2: Wrong number/u,
      ],
      ['a pattern that is none', rule('null'), /^trust\.hcl:2: Invalid pattern: .*"null"/u],
      ['a host by wildcard', rule('*/a/b'), /^trust\.hcl:2: Invalid pattern: /u],
      ['no keys', rule('a/b', 'unsigned = "accept"'), /^trust\.hcl:2: No keys: .*missing/u],
      ['empty keys', rule('a/b', 'keys = []'), /^trust\.hcl:3: No keys: .*empty/u],
      ['keys that are no list', rule('a/b', `keys = "${a}"`), /^trust\.hcl:3: Invalid keys: /u],
      ['a key that is no text', rule('a/b', 'keys = [1]'), /^trust\.hcl:3: Invalid key: .*quotes/u],
      ['a variable', rule('a/b', 'keys = [var.key]'), /^trust\.hcl:3: Invalid key: .*variables/u],
      ['a variable in quotes', rule('a/b', 'keys = ["${x}"]'), /^trust\.hcl:3: Invalid key: /u],
      ['a call', rule('a/b', 'keys = file("x")'), /^trust\.hcl:3: Invalid keys: /u],
      ['8 digits', rule('a/b', 'keys = ["DEADBEEF"]'), /^trust\.hcl:3: Invalid key: .*full fing/u],
      [
        '16 digits',
        rule('a/b', 'keys = ["0C0AF313E5FD9F80"]'),
        /is a key ID .*16 digits.*full fing/u,
      ],
      ['39 digits', rule('a/b', `keys = ["${a.slice(1)}"]`), /39 digits.*full fingerprint/u],
      ['41 digits', rule('a/b', `keys = ["${a}0"]`), /Invalid key: .*40 or 64 hex digits/u],
      ['blanks', rule('a/b', `keys = ["${a.slice(0, 20)} ${a.slice(20)}"]`), /without blanks/u],
      ['"0x"', rule('a/b', `keys = ["0x${a}"]`), /without blanks, colons or "0x"/u],
      [
        'another word',
        rule('a/b', `keys = ["${a}"]\nunsigned = "warn"`),
        /^trust\.hcl:4: Invalid unsigned/u,
      ],
      [
        'no word',
        rule('a/b', `keys = ["${a}"]\nexpired_keys = true`),
        /^trust\.hcl:4: Invalid expired_keys/u,
      ],
      [
        'an unknown argument',
        rule('a/b', `keys = ["${a}"]\nexpired = "x"`),
        /^trust\.hcl:4: Unsupp.*"expired"/u,
      ],
      [
        'a block in a rule',
        rule('a/b', `keys = ["${a}"]\nx {}`),
        /^trust\.hcl:4: Unsupported block/u,
      ],
      ['an argument twice', rule('a/b', `keys = ["${a}"]\nkeys = ["${b}"]`), /^trust\.hcl:4: /u],
      [
        'the same pattern',
        rule('a/b') + rule('A/B'),
        /^trust\.hcl:7: Duplicate rule: .*trust\.hcl:2/u,
      ],
      ['a block without an end', 'trust {', /^trust\.hcl:1: /u],
      [
        'too many keys',
        rule('a/b', `keys = [${`"${a}",`.repeat(101)}]`),
        /^trust\.hcl:3: Too many keys/u,
      ],
    ])('%s', (_, text, expected) => {
      expect(problemsOf(text)).toMatch(expected);
    });

    it('all that is wrong, in the order of the text, as many as fit a screen', () => {
      const text = Array.from({ length: 30 }, (_, at) => `x${at} = 1`).join('\n');
      expect(problemsOf(text).split('\n')).toHaveLength(10);
      expect(problemsOf(text)).toMatch(/^trust\.hcl:1: .*\ntrust\.hcl:2: /u);
    });

    it('more than there can be a reason for', () => {
      expect(problemsOf(' '.repeat(trustLimits.fileBytes + 1))).toMatch(/more than 4194304 bytes/u);
      const rules = 'provider "a" {}\n'.repeat(trustLimits.rules + 1);
      expect(problemsOf(`trust {\n${rules}}`)).toMatch(/more than 20000 rules/u);
    });
  });

  it('fails for any text in one way only', () => {
    const piece = fc.oneof(
      fc.constantFrom('trust', 'provider', 'keys', 'mirror', 'unsigned', ' ', '\n', '{', '}', '='),
      fc.constantFrom('[', ']', '"', '"a/*"', '"accept"', `"${a}"`, '${', '%{', '<<E', '#', ','),
      fc.string({ unit: 'binary', maxLength: 5 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        try {
          const { rules } = readTrustPolicy(pieces.join(''), 'trust.hcl');
          expect(rules.every(({ keys }) => keys.length > 0)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(TrustPolicyError);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('ruleFor', () => {
  const patterns = [
    '*/*/*',
    'example.com/*/*',
    'example.com/a/*',
    'example.com/a/b',
    'hashicorp/*',
  ];
  const policy = readTrustPolicy(
    patterns
      .toReversed()
      .map((one) => rule(one))
      .join(''),
    't',
  );

  it.each([
    ['example.com/a/b', 'example.com/a/b'],
    ['example.com/A/B', 'example.com/a/b'],
    ['example.com/a/c', 'example.com/a/*'],
    ['example.com/b/b', 'example.com/*/*'],
    ['example.com:8443/a/b', '*/*/*'],
    ['hashicorp/aws', 'registry.opentofu.org/hashicorp/*'],
    ['aws', 'registry.opentofu.org/hashicorp/*'],
  ])('takes for %s the most specific rule, %s', (address, expected) => {
    const found = policy.ruleFor(parseProviderAddress(address));
    expect(found && formatProviderPattern(found.pattern)).toBe(expected);
  });

  it('knows none where no pattern matches', () => {
    const one = readTrustPolicy(rule('example.com/a/*'), 't');
    expect(one.ruleFor(parseProviderAddress('example.com/b/c'))).toBeUndefined();
    expect(noTrustPolicy.ruleFor(parseProviderAddress('example.com/a/c'))).toBeUndefined();
  });
});
