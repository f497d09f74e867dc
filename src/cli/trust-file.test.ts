import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { nodeFiles } from '../base/index.ts';
import { trustLimits } from '../signatures/index.ts';
import { findTrustFile, readTrustFile } from './trust-file.ts';

const text = `trust {\n  provider "acme/*" {\n    keys = ["${'AB'.repeat(20)}"]\n  }\n}\n`;

describe('findTrustFile', () => {
  it.each([
    [
      'the command line, below the folder in which it works',
      { given: 'a/trust.hcl', environment: 'b.hcl' },
      { path: '/work/a/trust.hcl', display: 'a/trust.hcl', namedBy: '--trust' },
    ],
    [
      'the environment, below the folder in which it was started',
      { given: undefined, environment: 'b.hcl' },
      { path: '/start/b.hcl', display: 'b.hcl', namedBy: 'TOFU_OCI_TRUST' },
    ],
    ['nobody', { given: undefined, environment: undefined }, undefined],
  ])('takes what %s names', (_, named, expected) => {
    expect(findTrustFile({ ...named, directory: '/work', start: '/start' })).toEqual(expected);
  });

  it('does not take an empty option for none', () => {
    const named = { given: '', environment: 'b.hcl' };
    expect(() => findTrustFile({ ...named, directory: '/work', start: '/start' })).toThrow(
      '--trust names no file',
    );
  });
});

describe('readTrustFile', () => {
  async function read(content: Buffer | string | undefined): Promise<readonly string[]> {
    const path = join(await tempFolder(), 'trust.hcl');
    if (content !== undefined) await writeFile(path, content);
    const file = { path, display: 'x/trust.hcl', namedBy: '--trust' };
    return (await readTrustFile(file, nodeFiles)).rules.map(({ place }) => place);
  }

  it('reads rules, and names places as the user named the file', async () => {
    expect(await read(text)).toEqual(['x/trust.hcl:2']);
    expect(await read(`\ufeff${text}`)).toEqual(['x/trust.hcl:2']);
  });

  it.each([
    ['a file that is not there', undefined, /^--trust: cannot read .*no such file/u],
    ['a file that is too large', Buffer.alloc(trustLimits.fileBytes + 1), /^--trust: .*larger/u],
    ['a file that is no text', Buffer.of(0xff, 0xfe, 0), /^--trust: .*not a text in UTF-8$/u],
    ['an empty file', '', /^--trust: x\/trust\.hcl has no rule/u],
    ['a file with rules of another kind alone', 'mirror {}', /has no rule/u],
    ['a file with errors', 'trust { x = 1 }', /^x\/trust\.hcl:1: /u],
  ])('refuses %s as a matter of usage', async (_, content, message) => {
    const reading = read(content);
    await expect(reading).rejects.toMatchObject({ category: 'usage' });
    await expect(reading).rejects.toThrow(message);
  });

  it('refuses a folder', async () => {
    const path = join(await tempFolder(), 'trust.hcl');
    await mkdir(path);
    const reading = readTrustFile({ path, display: 'trust.hcl', namedBy: '--trust' }, nodeFiles);
    await expect(reading).rejects.toMatchObject({ code: 'ERR_CLI_USAGE' });
  });
});
