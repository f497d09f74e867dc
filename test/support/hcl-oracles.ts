import { spawnSync } from 'node:child_process';
import { type HclKind, inOrder, sorted } from './hcl-readings.ts';

/*
 * HCL1_ORACLE_BIN and HCL2_ORACLE_BIN name small programs around the libraries that OpenTofu 1.12
 * uses: hashicorp/hcl v1.0.1-vault-7 and opentofu/hcl v2.20.2-0.20251021132045-587d123c2828. They read
 * one JSON value a line (the text; or kind and text) and print one JSON object for each.
 */

interface Hcl1Node {
  readonly kind: string;
  readonly pos?: string;
  readonly items?: readonly unknown[];
  readonly text?: string;
  readonly value?: unknown;
  readonly panic?: string;
}

interface Hcl1Item {
  readonly keys: readonly (readonly [unknown, string])[];
  readonly assigned: boolean;
  readonly value: Hcl1Node;
}

interface Problem {
  readonly summary: string;
  readonly detail: string;
  readonly start: string;
  readonly end: string;
}

interface Outcome {
  readonly value?: unknown;
  readonly errors?: readonly Problem[];
  readonly unknown?: boolean;
  /** A value that JSON can not express. */
  readonly unshown?: string;
}

interface Hcl2Body {
  readonly attributes: readonly {
    readonly name: string;
    readonly pos: string;
    readonly start: string;
    readonly end: string;
    readonly is: Outcome;
  }[];
  readonly blocks: readonly {
    readonly type: string;
    readonly labels: readonly string[];
    readonly pos: string;
    readonly body: Hcl2Body;
  }[];
}

interface Answer {
  readonly error?: string;
  readonly panic?: string;
  readonly root?: Hcl1Node;
  readonly diagnostics?: readonly Problem[];
  readonly body?: Hcl2Body;
  readonly is?: Outcome;
  /** In the words of `readingOf` already. */
  readonly reading?: string;
}

/** What the library makes of each text, in the words of `readingOf`. */
export function oracleReadings(
  program: string,
  kind: HclKind,
  texts: readonly string[],
): readonly string[] {
  const hcl1 = kind === 'hcl1' || kind === 'hcl1-json';
  const input = texts.map((text) => JSON.stringify(hcl1 ? text : { kind, text })).join('\n');
  const { stdout } = spawnSync(program, { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  const lines = stdout.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const answer = JSON.parse(line) as Answer;
    if (answer.panic !== undefined) return `panic: ${answer.panic}`;
    if (answer.error !== undefined) return `error: ${answer.error}`;
    if (answer.diagnostics !== undefined) return wrong(answer.diagnostics);
    if (answer.reading !== undefined) return answer.reading;
    if (answer.body !== undefined) return bodyReading(answer.body);
    if (answer.is !== undefined) return outcomeReading(answer.is);
    const items = itemsOf(answer.root);
    return items
      .map((item) => (kind === 'hcl1' ? itemReading(item) : pathReading(item)))
      .join(' | ');
  });
}

function itemsOf(node: Hcl1Node | undefined): readonly Hcl1Item[] {
  // The shape is what the program above prints.
  return (node?.items ?? []) as readonly Hcl1Item[];
}

function itemReading({ keys, assigned, value }: Hcl1Item): string {
  const names = keys.map(([name, pos]) => `${JSON.stringify(name)}@${pos}`).join(' ');
  return `${names} ${assigned ? '= ' : ''}${valueReading(value)}`;
}

function valueReading(node: Hcl1Node): string {
  const at = `@${node.pos ?? '-'}`;
  if (node.kind === 'object') return `{${itemsOf(node).map(itemReading).join(' | ')}}${at}`;
  if (node.kind === 'list') return `[${listOf(node).map(valueReading).join(', ')}]${at}`;
  return scalarReading(node) + at;
}

function listOf(node: Hcl1Node): readonly Hcl1Node[] {
  return (node.items ?? []) as readonly Hcl1Node[];
}

function scalarReading(node: Hcl1Node): string {
  if (node.kind === 'number') return node.text ?? '';
  if (node.kind === 'null') return 'null';
  return node.panic === undefined ? JSON.stringify(node.value) : `panic(${node.panic})`;
}

function pathReading({ keys, value }: Hcl1Item): string {
  const path = keys.map(([name]) => JSON.stringify(name)).join(' ');
  const inner = value.kind === 'object' ? itemsOf(value) : [];
  if (inner.length === 0) return `${path} = ${plain(value)}`;
  return inner.map((item) => pathReading({ ...item, keys: [...keys, ...item.keys] })).join(' | ');
}

function plain(node: Hcl1Node): string {
  if (node.kind === 'object') return `{${itemsOf(node).map(pathReading).join(' | ')}}`;
  if (node.kind === 'list') return `[${listOf(node).map(plain).join(', ')}]`;
  return scalarReading(node);
}

function wrong(problems: readonly Problem[]): string {
  return inOrder(
    problems.map(({ summary, detail, start, end }) => `${start}-${end} ${summary}: ${detail}`),
  );
}

function bodyReading({ attributes, blocks }: Hcl2Body): string {
  return [
    ...attributes.map(
      ({ name, pos, start, end, is }) => `${name}@${pos} = ${outcomeReading(is)} @${start}-${end}`,
    ),
    ...blocks.map(
      ({ type, labels, pos, body }) =>
        `${[type, ...labels.map((label) => JSON.stringify(label))].join(' ')}@${pos} {${bodyReading(body)}}`,
    ),
  ].join(' | ');
}

function outcomeReading({ value, errors, unknown = false, unshown }: Outcome): string {
  if (unknown || unshown !== undefined) return unshown ?? 'unknown';
  return errors === undefined ? JSON.stringify(sorted(value)) : `(${wrong(errors)})`;
}
