import type { SourceRange } from '../base/index.ts';
import type { Problems } from './problems.ts';

const bitwise: Readonly<Record<string, string>> = {
  '&': ' Did you mean boolean AND ("&&")?',
  '|': ' Did you mean boolean OR ("||")?',
  '~': ' Did you mean boolean NOT ("!")?',
  '^': '',
};

/** Says what is wrong with a character, without saying the same thing over and over. */
export class LexicalProblems {
  readonly #problems: Problems;
  #bitwise = 0;
  #backticks = 0;
  #apostrophes = 0;
  #semicolons = 0;
  #encoding = 0;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  badCharacter(text: string, range: SourceRange): void {
    const hint = bitwise[text];
    if (hint !== undefined) {
      if (this.#bitwise++ < 4) {
        this.#problems.addLexical(
          'Unsupported operator',
          `Bitwise operators are not supported.${hint}`,
          range,
        );
      }
      return;
    }
    const detail = this.#describe(text);
    if (detail === undefined) return;
    const summary = isHalfOfPair(text) ? 'Invalid character encoding' : 'Invalid character';
    this.#problems.addLexical(summary, detail, range);
  }

  lineBreakInQuotes(range: SourceRange): void {
    this.#problems.addLexical(
      'Invalid multi-line string',
      'Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the "heredoc" multi-line template syntax.',
      range,
    );
  }

  #describe(text: string): string | undefined {
    switch (text) {
      case '`':
        // Backticks and apostrophes come in pairs: the first of a pair is enough.
        return this.#backticks++ % 2 === 0 && this.#backticks <= 3
          ? 'The "`" character is not valid. To create a multi-line string, use the "heredoc" syntax, like "<<EOT".'
          : undefined;
      case "'":
        return this.#apostrophes++ % 2 === 0 && this.#apostrophes <= 3
          ? 'Single quotes are not valid. Use double quotes (") to enclose strings.'
          : undefined;
      case ';':
        return this.#semicolons++ === 0
          ? 'The ";" character is not valid. Use newlines to separate arguments and blocks, and commas to separate items in collection values.'
          : undefined;
      case '\u201c':
      case '\u201d':
        return '"Curly quotes" are not valid here. These can sometimes be inadvertently introduced when sharing code via documents or discussion forums. It might help to replace the character with a "straight quote".';
      default:
        if (!isHalfOfPair(text)) return 'This character is not used within the language.';
        return this.#encoding++ === 0
          ? 'All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.'
          : undefined;
    }
  }
}

/** Half a surrogate pair: what a careless decoder makes of bytes that are not UTF-8. */
function isHalfOfPair(text: string): boolean {
  return /^[\ud800-\udfff]$/.test(text);
}
