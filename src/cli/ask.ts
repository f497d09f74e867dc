import { StringDecoder } from 'node:string_decoder';
import { InterruptedError, LimitExceededError, readBounded } from '../base/index.ts';
import type { CliIo } from './io.ts';

/** The tokens of cloud registries have some kilobytes. */
const maxAnswerBytes = 64 * 1024;

/** Whether there is somebody who can be asked. */
export function canAsk({ stdin }: CliIo): boolean {
  return stdin.isTTY === true && stdin.setRawMode !== undefined;
}

export interface Question {
  /** Shown as it is, on stderr: stdout is for results. */
  readonly prompt: string;
  /** What is typed is not shown. */
  readonly hidden?: boolean;
}

/**
 * One line from the terminal.
 * @throws InterruptedError when the user gives up (Ctrl-C, Ctrl-D)
 */
export async function ask(io: CliIo, { hidden = false, prompt }: Question): Promise<string> {
  const { signal, stderr, stdin } = io;
  signal.throwIfAborted();
  stderr.write(prompt);
  if (hidden) stdin.setRawMode?.(true);
  const line = new TypedLine();
  const decoder = new StringDecoder('utf8');
  const onAbort = (): void => void stdin.destroy(new InterruptedError('the question'));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for await (const chunk of stdin.iterator({ destroyOnReturn: false })) {
      const text = decoder.write(Buffer.from(chunk as Buffer | string));
      const end = line.type(text);
      if (end === undefined) continue;
      // The rest is the answer to the next question.
      if (end < text.length) stdin.unshift(Buffer.from(text.slice(end)));
      return line.text;
    }
    throw new InterruptedError('the question');
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (hidden) {
      stdin.setRawMode?.(false);
      stderr.write('\n');
    }
    stdin.pause();
  }
}

/** What is typed on a terminal that does not edit lines by itself. */
class TypedLine {
  #characters: string[] = [];

  get text(): string {
    return this.#characters.join('');
  }

  /** @returns where the line ended in `text`; undefined when it goes on */
  type(text: string): number | undefined {
    let at = 0;
    for (const character of text) {
      at += character.length;
      switch (character) {
        case '\r':
          return text[at] === '\n' ? at + 1 : at;
        case '\n':
          return at;
        case '\u0003':
        case '\u0004':
          throw new InterruptedError('the question');
        case '\b':
        case '\u007f':
          this.#characters.pop();
          break;
        case '\u0015':
          this.#characters = [];
          break;
        default:
          if (character >= ' ') this.#characters.push(character);
      }
      if (this.#characters.length > maxAnswerBytes) {
        throw new LimitExceededError('the answer', maxAnswerBytes);
      }
    }
    return undefined;
  }
}

/** All of standard input, for `--password-stdin`; the line break that `echo` adds does not count. */
export async function readSecret({ signal, stdin }: CliIo): Promise<string> {
  const bytes = await readBounded(stdin, {
    maxBytes: maxAnswerBytes,
    what: 'the password',
    signal,
  });
  return bytes.toString('utf8').replace(/\r?\n$/u, '');
}
