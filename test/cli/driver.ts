import { createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';

/**
 * Runs command lines one after another in one process, each through `main.ts` as a process of its own would: starting Node
 * and a TypeScript loader a hundred times costs more than what the commands do. Reads a list of argument lists from
 * stdin and writes the list of how each ended to stdout.
 */
const MAIN = new URL('../../src/cli/main.ts', import.meta.url).href;

const lines = JSON.parse(await text(createReadStream('', { fd: 0 }))) as string[][];
const write = process.stdout.write.bind(process.stdout);
const exit = process.exit.bind(process);
// Each command ends its process; here, what it would have ended with is told, and the next one begins.
process.exit = (() => {}) as unknown as typeof process.exit;
const ended: unknown[] = [];
for (const [index, args] of lines.entries()) {
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (chunk: string | Uint8Array, ...rest: unknown[]) => {
      said[name] += Buffer.from(chunk as Uint8Array).toString();
      for (const after of rest) if (typeof after === 'function') after();
      return true;
    };
  }
  process.argv = [process.argv[0], 'unjoin', ...args];
  process.exitCode = undefined;
  // Another query makes another module: its top level runs again, everything that it imports does not.
  await import(`${MAIN}?${index}`);
  ended.push({ exit: process.exitCode ?? 0, ...said });
  for (const event of ['uncaughtException', 'unhandledRejection']) process.removeAllListeners(event);
  process.stdout.removeAllListeners('error');
}
process.exitCode = 0;
process.exit = exit;
process.stdout.write = write;
process.stdout.write(JSON.stringify(ended));
