import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

/** Groups of faults that clients of registries had in 2024 to 2026, by the numbers that the tests are named by. */
const groups = 17;

it('every group of known faults has a test of its name', () => {
  const folder = dirname(fileURLToPath(import.meta.url));
  const text = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n');
  const named = [...text.matchAll(/describe(?:\.skipIf\([^)]*\))?\(\s*'(\d+)\. /gu)];
  const found = new Set(named.map(([, number]) => Number(number)));
  expect([...found].sort((a, b) => a - b)).toEqual(
    Array.from({ length: groups }, (_, index) => index + 1),
  );
});
