import { type Diagnostic, type SourceRange } from '../../base/index.ts';
import { type Block, type Body, similarName } from '../../hcl/index.ts';
import { shown } from '../shown.ts';

export interface BodySchema {
  /** Names of arguments that may be there. */
  readonly attributes: readonly string[];
  /** For each block type the name of its one label. */
  readonly blocks: Readonly<Record<string, string>>;
}

/**
 * Says what stands in a body and does not belong there, in HCL's words, in the order of the text.
 */
export function checkBody(body: Body, schema: BodySchema): readonly Diagnostic[] {
  const present = new Set(body.attributes.map(({ name }) => name));
  const missing = schema.attributes.filter((name) => !present.has(name));
  return [
    ...body.attributes.flatMap((attribute) => {
      if (schema.attributes.includes(attribute.name)) return [];
      const blockHint = Object.hasOwn(schema.blocks, attribute.name)
        ? ` Did you mean to define a block of type ${shown(attribute.name)}?`
        : '';
      const hint = suggestion(attribute.name, missing) ?? blockHint;
      return problem(
        'Unsupported argument',
        `An argument named ${shown(attribute.name)} is not expected here.${hint}`,
        attribute.nameRange,
      );
    }),
    ...body.blocks.flatMap((block) => checkBlock(block, schema)),
  ].sort((a, b) => (a.range?.start.byte ?? 0) - (b.range?.start.byte ?? 0));
}

function checkBlock(block: Block, schema: BodySchema): readonly Diagnostic[] {
  const { type, labels } = block;
  const label = Object.hasOwn(schema.blocks, type) ? schema.blocks[type] : undefined;
  if (label === undefined) {
    const argumentHint = schema.attributes.includes(type)
      ? ` Did you mean to define argument ${shown(type)}? If so, use the equals sign to assign it a value.`
      : '';
    const hint = suggestion(type, Object.keys(schema.blocks)) ?? argumentHint;
    return problem(
      'Unsupported block type',
      `Blocks of type ${shown(type)} are not expected here.${hint}`,
      block.typeRange,
    );
  }
  if (labels.length === 0) {
    return problem(
      `Missing ${label} for ${type}`,
      `All ${type} blocks must have 1 labels (${label}).`,
      block.openRange,
    );
  }
  const extra = labels[1];
  return extra === undefined
    ? []
    : problem(
        `Extraneous label for ${type}`,
        `Only 1 labels (${label}) are expected for ${type} blocks.`,
        extra.range,
      );
}

function suggestion(given: string, names: readonly string[]): string | undefined {
  const similar = similarName(given, names);
  return similar === undefined ? undefined : ` Did you mean ${shown(similar)}?`;
}

function problem(summary: string, detail: string, range: SourceRange): readonly Diagnostic[] {
  return [{ severity: 'error', summary, detail, range }];
}
