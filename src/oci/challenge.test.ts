import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Challenge, parseChallenges } from './challenge.ts';

function plain(challenges: readonly Challenge[]): unknown[] {
  return challenges.map(({ parameters, scheme }) => [scheme, Object.fromEntries(parameters)]);
}

describe('parseChallenges', () => {
  it.each([
    [['Basic realm="x"'], [['basic', { realm: 'x' }]]],
    [
      ['BEARER Realm="https://a/t",SERVICE=s'],
      [['bearer', { realm: 'https://a/t', service: 's' }]],
    ],
    [
      ['Bearer realm="https://a/t",service="s",scope="repository:x:pull,push"'],
      [['bearer', { realm: 'https://a/t', service: 's', scope: 'repository:x:pull,push' }]],
    ],
    [
      ['Basic realm="a, b=c", charset="UTF-8", Bearer realm="https://a/t"'],
      [
        ['basic', { realm: 'a, b=c', charset: 'UTF-8' }],
        ['bearer', { realm: 'https://a/t' }],
      ],
    ],
    [
      ['Basic realm="x"', 'Bearer realm="y"'],
      [
        ['basic', { realm: 'x' }],
        ['bearer', { realm: 'y' }],
      ],
    ],
    [
      ['Negotiate', 'Basic realm=x'],
      [
        ['negotiate', {}],
        ['basic', { realm: 'x' }],
      ],
    ],
    [['Basic realm="say \\"hi\\"\\\\"'], [['basic', { realm: 'say "hi"\\' }]]],
    [['Bearer realm = "x" , service = "y"'], [['bearer', { realm: 'x', service: 'y' }]]],
    [['Bearer realm="first",realm="second"'], [['bearer', { realm: 'first' }]]],
    [['Basic'], [['basic', {}]]],
  ])('accepts %j', (fields, expected) => expect(plain(parseChallenges(fields))).toEqual(expected));

  it.each([[[]], [['']], [[', ,']], [['realm="x"']], [['\u0000"']]])(
    'finds nothing in %j',
    (fields) => expect(plain(parseChallenges(fields))).toEqual([]),
  );

  it('takes an unfinished quoted string to the end', () => {
    expect(plain(parseChallenges(['Bearer realm="https://a']))).toEqual([
      ['bearer', { realm: 'https://a' }],
    ]);
  });

  it('keeps at most ten challenges', () => {
    expect(parseChallenges(Array.from({ length: 50 }, () => 'Basic'))).toHaveLength(10);
    expect(parseChallenges([Array.from({ length: 50 }, () => 'Basic').join(', ')])).toHaveLength(
      10,
    );
  });

  it('never throws', () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('Bearer ', 'Basic', 'realm=', '"', '\\', ',', '=', ' '),
    );
    fc.assert(
      fc.property(fc.array(fc.array(piece).map((pieces) => pieces.join(''))), (fields) => {
        for (const { scheme } of parseChallenges(fields)) expect(scheme).not.toBe('');
      }),
    );
  });

  it('reads what a server writes, whatever the values hold', () => {
    const token = fc.stringMatching(/^[a-z][a-z0-9_-]{0,10}$/u);
    const parameters = fc.dictionary(token, fc.string(), { maxKeys: 5 });
    fc.assert(
      fc.property(fc.array(fc.tuple(token, parameters), { maxLength: 5 }), (challenges) => {
        const field = challenges
          .map(([scheme, values]) => {
            const list = Object.entries(values).map(
              ([name, value]) => `${name}="${value.replaceAll(/["\\]/gu, '\\$&')}"`,
            );
            return `${scheme} ${list.join(', ')}`;
          })
          .join(', ');
        expect(plain(parseChallenges([field]))).toEqual(
          challenges.map(([scheme, values]) => [scheme, { ...values }]),
        );
      }),
    );
  });
});
