/** Adds one more value of a repeatable option; for commander. */
export function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
