import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/** A file of lines that appears, whole, once it is said on the control log that they were published again. */
export interface LineFile {
  write(line: Uint8Array): void;
  /** Forces what was written to disk: from now on it is not lost. */
  flush(): void;
  /** Gives the file its name. */
  publish(): void;
  discard(): void;
}

const partOf = (path: string): string => `${path}.part`;

/** Whether a file, or what a run that was interrupted left of it, is there already. */
export const isTaken = (path: string): boolean => existsSync(path) || existsSync(partOf(path));

/** Raw records: nobody but their owner reads them. */
export const createLineFile = (path: string): LineFile => {
  const file = openSync(partOf(path), 'wx', 0o600);
  return {
    write: (line) => void writeSync(file, Buffer.concat([line, Buffer.from('\n')])),
    flush: () => fsyncSync(file),
    publish() {
      closeSync(file);
      renameSync(partOf(path), path);
    },
    discard() {
      closeSync(file);
      rmSync(partOf(path), { force: true });
    },
  };
};
