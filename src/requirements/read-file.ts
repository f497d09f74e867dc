import { join } from 'node:path';
import {
  type CallOptions,
  FileAccessError,
  type Files,
  LimitExceededError,
  readRegularFile,
} from '../base/index.ts';
import { type FileDeclarations, noDeclarations, problem } from './declarations.ts';
import { readJsonFile } from './json-file.ts';
import { readNativeFile } from './native-file.ts';

/** Generated configurations have some megabytes; whoever has more has something else there. */
const maxFileBytes = 16 * 1024 * 1024;

export interface ReadFileOptions extends CallOptions {
  readonly files: Files;
  /** How the file is called in places of problems. */
  readonly shown: string;
  /** Is told how many bytes were read; may throw to end it all. */
  readonly onRead: (bytes: number) => void;
}

/** A link that leads nowhere, a file of somebody else: it is told with all else that is wrong. */
function reasonOf({ message }: FileAccessError): string {
  return message.slice(message.lastIndexOf(': ') + 2);
}

/**
 * Reads one file of a configuration, in whichever syntax its name says.
 * @throws what `onRead` throws, or the reason of an abort
 */
export async function readConfigurationFile(
  directory: string,
  name: string,
  options: ReadFileOptions,
): Promise<FileDeclarations> {
  const { files, signal, shown, onRead } = options;
  let bytes;
  try {
    const path = join(directory, name);
    bytes = await readRegularFile(path, { files, maxBytes: maxFileBytes, signal });
  } catch (error) {
    if (error instanceof FileAccessError) {
      const detail = `The file "${shown}" could not be read: ${reasonOf(error)}.`;
      return unreadable(shown, 'Failed to read file', detail);
    }
    if (!(error instanceof LimitExceededError)) throw error;
    const detail = `The file "${shown}" could not be read: it is larger than ${maxFileBytes} bytes.`;
    return unreadable(shown, 'Failed to read file', detail);
  }
  onRead(bytes.length);
  let text;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const detail =
      'All input files must be UTF-8 encoded. Ensure that UTF-8 encoding is selected in your editor.';
    return unreadable(shown, 'Invalid character encoding', detail);
  }
  return name.endsWith('.json') ? readJsonFile(text, shown) : readNativeFile(text, shown);
}

function unreadable(file: string, summary: string, detail: string): FileDeclarations {
  const start = { line: 1, column: 1, byte: 0 };
  return {
    ...noDeclarations(),
    diagnostics: [problem(summary, detail, { file, start, end: start })],
  };
}
