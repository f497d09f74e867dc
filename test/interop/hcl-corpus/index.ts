import type { HclKind } from '../../support/hcl-readings.ts';
import type { HclCase } from './hcl-case.ts';
import { hcl1Values1 } from './hcl1-values-1.ts';
import { hcl1Values2 } from './hcl1-values-2.ts';
import { hcl1Lists } from './hcl1-lists.ts';
import { hcl1Blocks1 } from './hcl1-blocks-1.ts';
import { hcl1Blocks2 } from './hcl1-blocks-2.ts';
import { hcl1Blanks } from './hcl1-blanks.ts';
import { hcl1Heredocs } from './hcl1-heredocs.ts';
import { hcl1Json1 } from './hcl1-json-1.ts';
import { hcl1Json2 } from './hcl1-json-2.ts';
import { hcl2Bodies1 } from './hcl2-bodies-1.ts';
import { hcl2Bodies2 } from './hcl2-bodies-2.ts';
import { hcl2Blanks } from './hcl2-blanks.ts';
import { hcl2Strings } from './hcl2-strings.ts';
import { hcl2Heredocs } from './hcl2-heredocs.ts';
import { hcl2Collections1 } from './hcl2-collections-1.ts';
import { hcl2Collections2 } from './hcl2-collections-2.ts';
import { hcl2Expressions1 } from './hcl2-expressions-1.ts';
import { hcl2Expressions2 } from './hcl2-expressions-2.ts';
import { hcl2Json1 } from './hcl2-json-1.ts';
import { hcl2Json2 } from './hcl2-json-2.ts';
import { templates } from './templates.ts';
import { expressions } from './expressions.ts';

export { type HclCase, reasons } from './hcl-case.ts';

/** Texts by what they are about, with the reader they are for. */
export const hclCorpus: readonly (readonly [title: string, HclKind, readonly HclCase[]])[] = [
  ['hcl1 values 1', 'hcl1', hcl1Values1],
  ['hcl1 values 2', 'hcl1', hcl1Values2],
  ['hcl1 lists', 'hcl1', hcl1Lists],
  ['hcl1 blocks 1', 'hcl1', hcl1Blocks1],
  ['hcl1 blocks 2', 'hcl1', hcl1Blocks2],
  ['hcl1 blanks', 'hcl1', hcl1Blanks],
  ['hcl1 heredocs', 'hcl1', hcl1Heredocs],
  ['hcl1 json 1', 'hcl1-json', hcl1Json1],
  ['hcl1 json 2', 'hcl1-json', hcl1Json2],
  ['hcl2 bodies 1', 'config', hcl2Bodies1],
  ['hcl2 bodies 2', 'config', hcl2Bodies2],
  ['hcl2 blanks', 'config', hcl2Blanks],
  ['hcl2 strings', 'config', hcl2Strings],
  ['hcl2 heredocs', 'config', hcl2Heredocs],
  ['hcl2 collections 1', 'config', hcl2Collections1],
  ['hcl2 collections 2', 'config', hcl2Collections2],
  ['hcl2 expressions 1', 'config', hcl2Expressions1],
  ['hcl2 expressions 2', 'config', hcl2Expressions2],
  ['hcl2 json 1', 'hcl2-json', hcl2Json1],
  ['hcl2 json 2', 'hcl2-json', hcl2Json2],
  ['templates', 'template', templates],
  ['expressions', 'expression', expressions],
];
