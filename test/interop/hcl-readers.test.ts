import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { oracleReadings } from '../support/hcl-oracles.ts';
import { readingOf } from '../support/hcl-readings.ts';
import { findPeer } from '../support/peers.ts';
import { hclCorpus, reasons } from './hcl-corpus/index.ts';

const shown = (text: string): string => JSON.stringify(text);
const oracles = {
  hcl1: findPeer('hcl1-oracle', 'HCL1_ORACLE_BIN'),
  hcl2: findPeer('hcl2-oracle', 'HCL2_ORACLE_BIN'),
};

describe.each(hclCorpus)('HCL as the libraries read it: %s', (_title, kind, cases) => {
  it.each(cases.map(([text, library, differs]) => [shown(text), text, differs?.ours ?? library]))(
    '%s',
    (_shown, text, reading) => {
      expect(readingOf(kind, text)).toBe(reading);
    },
  );

  const oracle = kind.startsWith('hcl1') ? oracles.hcl1 : oracles.hcl2;
  const why = oracle.path === undefined ? ` (skipped: ${oracle.reason})` : '';
  it.skipIf(oracle.path === undefined)(`is what the library says itself${why}`, () => {
    const texts = cases.map(([text]) => text);
    const readings = oracleReadings(oracle.path ?? '', kind, texts);
    expect(readings).toEqual(cases.map(([, library]) => library));
  });
});

describe('the corpus of HCL texts', () => {
  it('has more than 200 texts, each once for its reader', () => {
    const all = hclCorpus.flatMap(([, kind, cases]) => cases.map(([text]) => `${kind} ${text}`));
    expect(new Set(all).size).toBeGreaterThan(200);
  });

  it('has a row of differences.md for each difference', async () => {
    const page = await readFile('docs/differences.md', 'utf8');
    for (const row of Object.values(reasons)) expect(page).toContain(`| ${row} `);
  });
});
