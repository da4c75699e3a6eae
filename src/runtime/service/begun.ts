import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../make-folder.ts';

/**
 * Tasks that once began a ledger, noted beside the keys. A ledger that is empty although its task began was lost: then nobody may
 * take it for a first start, whatever the command line says, or what was released would be released again.
 */
export interface Begun {
  has(task: number): boolean;
  note(task: number): void;
}

/** `prefix`: what the names of the group's topics begin with; other groups may share the folder. */
export const openBegun = (dir: string, prefix: string): Begun => {
  const pathOf = (task: number): string => join(dir, `${prefix}${task}`);
  return {
    has: (task) => existsSync(pathOf(task)),
    note(task) {
      if (existsSync(pathOf(task))) return;
      makeFolder(dir, 0o700);
      closeSync(openSync(pathOf(task), 'a', 0o600));
    },
  };
};
