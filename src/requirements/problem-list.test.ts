import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../base/index.ts';
import { ProblemList } from './problem-list.ts';

const of = (severity: Diagnostic['severity'], summary: string): Diagnostic => ({
  severity,
  summary,
  detail: '',
});

describe('a list of problems', () => {
  it('keeps the first 500 errors and the first 500 warnings, in their order', () => {
    const list = new ProblemList();
    for (let i = 0; i < 600; i++) list.push(of('warning', `w${i}`));
    list.addAll(Array.from({ length: 600 }, (_, i) => of('error', `e${i}`)));
    expect(list).toHaveLength(1000);
    expect(list[499]?.summary).toBe('w499');
    expect(list[500]?.summary).toBe('e0');
    expect(list.at(-1)?.summary).toBe('e499');
  });

  it('takes more than a function takes arguments', () => {
    const list = new ProblemList();
    list.addAll(Array.from({ length: 500_000 }, () => of('error', 'x')));
    expect(list).toHaveLength(500);
  });

  it('gives plain lists from what is done with it', () => {
    const list = new ProblemList();
    list.push(of('error', 'x'));
    expect(list.map(({ summary }) => summary)).toStrictEqual(['x']);
  });
});
