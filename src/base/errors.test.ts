import { describe, expect, it } from 'vitest';
import {
  categoryOf,
  FileAccessError,
  findInCauses,
  InternalError,
  InterruptedError,
  isNotFound,
  isTofuOciError,
  LimitExceededError,
  TofuOciError,
} from './errors.ts';
import { exitCodeOf, gravestExitCode } from './exit-codes.ts';

class MissingError extends TofuOciError {
  readonly code = 'ERR_TEST_MISSING';
  readonly category = 'not-found';
}

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

describe('errors', () => {
  it('keeps what an error is when it is wrapped by a foreign one', () => {
    const wrapped = new Error('while reading', { cause: new MissingError('gone') });
    expect(isNotFound(wrapped)).toBe(true);
    expect(findInCauses(wrapped, MissingError)?.message).toBe('gone');
    expect(findInCauses(wrapped, InternalError)).toBeUndefined();
  });

  it('lets the outermost error of ours decide the category', () => {
    const wrapped = new InternalError('oops', { cause: new MissingError('gone') });
    expect(categoryOf(wrapped)).toBe('bug');
  });

  it('recognises an abort of any origin as an interrupt', () => {
    expect(categoryOf(AbortSignal.abort().reason)).toBe('interrupted');
    expect(exitCodeOf(new InterruptedError('the push'))).toBe(130);
  });

  it('does not loop on a cycle of causes', () => {
    const first = new Error('first');
    first.cause = new Error('second', { cause: first });
    expect(categoryOf(first)).toBe('bug');
  });

  it('recognises errors by brand, not by class', () => {
    const foreign = Object.assign(new Error('x'), { code: 'ERR_X' });
    expect(isTofuOciError(foreign)).toBe(false);
    Object.defineProperty(foreign, Symbol.for('dev.tofu-oci.error'), { value: true });
    expect(isTofuOciError(foreign)).toBe(true);
  });

  it.each([
    ['ENOENT', 'usage', /no such file/u],
    ['EACCES', 'bug', /permission denied/u],
    ['ENOSPC', 'bug', /no space left/u],
    ['EISDIR', 'bug', /is a directory/u],
  ] as const)('explains %s in words', (errno, category, text) => {
    const error = new FileAccessError('read', '/x', systemError(errno));
    expect(error.message).toMatch(text);
    expect(error.category).toBe(category);
    expect(error.errno).toBe(errno);
  });

  it('says the limit and its unit', () => {
    const error = new LimitExceededError('the token answer', 65536);
    expect(error.message).toBe('the token answer is larger than the limit of 65536 bytes');
    expect(exitCodeOf(error)).toBe(5);
  });
});

describe('gravestExitCode', () => {
  it.each([
    [[], 0],
    [[3, 6], 6],
    [[6, 7, 3], 7],
    [[7, 4], 4],
    [[4, 5, 1], 5],
    [[5, 130], 130],
  ])('of %j is %i', (codes, expected) => {
    expect(gravestExitCode(codes)).toBe(expected);
  });
});
