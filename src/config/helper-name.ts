/** A helper's name becomes part of the name of a program; with a slash in it that would be a path. */
export function isHelperName(name: string): boolean {
  return name.length <= 100 && /^[a-z0-9][a-z0-9._-]*$/iu.test(name);
}
