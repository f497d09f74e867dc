import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../test/support/temp-folder.ts';
import { nodeFiles } from '../base/index.ts';
import { readVariableValues } from './variable-values.ts';

const common = { files: nodeFiles, onRead: () => undefined };

describe('values from outside', () => {
  it('are those of the last place that has them', async () => {
    const folder = await tempFolder();
    const files = {
      'terraform.tfvars': 'a = "1"\nb = "1"\nc = "1"\nd = "1"\n',
      'terraform.tfvars.json': '{"b": "2", "c": "2", "d": "2", "//": "x"}',
      'a.auto.tfvars': 'c = "3"\nd = "3"\n',
      'b.auto.tfvars.json': '{"d": ["${1}", {"k": null}]}',
      'other.tfvars': 'a = "no"\n',
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const given = { a: 'env', e: 'env' };
    const values = await readVariableValues(folder, { ...common, given });
    const told = [...values].map(([name, value]) => [name, value(true)]);
    expect(Object.fromEntries(told)).toEqual({
      a: '1',
      b: '2',
      c: '3',
      d: [1, { k: null }],
      e: 'env',
    });
  });

  it.each([
    ['x', true, 'x'],
    ['["x"]', true, '["x"]'],
    ['["x"]', false, ['x']],
    ['x', false, undefined],
    ['{', false, undefined],
  ])('of the environment: %j, as text %s', async (text, takesText, expected) => {
    const values = await readVariableValues(await tempFolder(), { ...common, given: { v: text } });
    expect(values.get('v')?.(takesText)).toEqual(expected);
  });

  it('do without what can not be read', async () => {
    const folder = await tempFolder();
    await mkdir(join(folder, 'terraform.tfvars'));
    await writeFile(join(folder, 'a.auto.tfvars'), 'a = \nb = "x"\nc = f()\n');
    const values = await readVariableValues(folder, { ...common, given: {} });
    expect(values.get('b')?.(true)).toBe('x');
    expect(values.get('c')?.(true)).toBeUndefined();
    expect(await readVariableValues(join(folder, 'none'), { ...common, given: {} })).toEqual(
      new Map(),
    );
  });

  it('count for what is read altogether', async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, 'terraform.tfvars'), 'a = 1\n');
    const onRead = (bytes: number): void => {
      throw new Error(`${bytes} read`);
    };
    await expect(readVariableValues(folder, { ...common, given: {}, onRead })).rejects.toThrow(
      '6 read',
    );
  });
});
