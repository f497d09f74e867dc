import { quoted } from '../base/index.ts';

/** How much of a bad text a message repeats: enough to recognise it, not enough to flood a terminal. */
const shownLength = 300;

/** Somebody's text, in quotes, as a message may repeat it: what does not print is escaped, as by Go's `%q`. */
export function shown(text: string): string {
  const cut = text.length > shownLength ? `${text.slice(0, shownLength)}…` : text;
  return quoted(cut).replaceAll(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}
