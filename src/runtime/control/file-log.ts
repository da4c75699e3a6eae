import { closeSync, existsSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../../model/ports.ts';
import { withLock } from '../keys/files.ts';
import { readControlFile } from './file.ts';
import type { ControlLog } from './log.ts';

/** The log of a file: a line a record, on disk before anybody is told of it. */
export const fileControlLog = (path: string, clock: Clock): ControlLog => {
  const lines = () => (existsSync(path) ? readControlFile(path) : []);
  return {
    lines: async () => lines(),
    append: async (envelope) =>
      withLock(dirname(path), () => {
        const there = lines();
        const appendMs = Math.max(clock.nowMs(), there.at(-1)?.appendMs ?? Number.NEGATIVE_INFINITY);
        const file = openSync(path, 'a', 0o600);
        try {
          writeFileSync(file, `{"timestamp":${appendMs},"value":${envelope}}\n`);
          fsyncSync(file);
        } finally {
          closeSync(file);
        }
        return { offset: there.length, appendMs };
      }),
    close: async () => {},
  };
};
