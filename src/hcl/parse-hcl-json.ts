import type { Diagnostic } from '../base/index.ts';
import type { JsonValue } from './json-model.ts';
import { JsonParser } from './json-parser.ts';
import { Problems } from './problems.ts';

export interface ParsedJson {
  /** `invalid` where nothing could be read. */
  readonly value: JsonValue;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Reads a file in HCL 2's JSON form (hcl/v2 json/spec.md). Never throws; whatever is wrong is a diagnostic in HCL 2's
 * own words and at its place. Takes time linear in the text and at most 200 levels of nesting. Bounding the size is
 * up to the caller. `file` is only a name for the ranges.
 */
export function parseHclJson(text: string, file: string): ParsedJson {
  const problems = new Problems();
  const value = new JsonParser(text, { file, problems }).parse();
  return { value, diagnostics: problems.list };
}
