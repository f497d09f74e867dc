import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * What the first group of `pattern` matches in the first line of the program's output that it matches
 * at all; rejects with the output when the program ends without.
 */
export async function matchInOutput(child: ChildProcess, pattern: RegExp): Promise<string> {
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  return await new Promise((resolve, reject) => {
    const lines: string[] = [];
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`${child.spawnfile} ended:\n${lines.join('\n')}`)));
    for (const input of streams) {
      createInterface({ input }).on('line', (line) => {
        // The access log of a server would fill the memory of a long test.
        if (lines.length < 100) lines.push(line);
        const found = pattern.exec(line)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
  });
}
