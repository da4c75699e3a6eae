import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** Files that are made from sources and committed, so that a reader and a diff see them: path from the top, and text. */
export type Generated = ReadonlyMap<string, string>;

export const TOP = fileURLToPath(new URL('..', import.meta.url));

const under = (folder: string): string[] =>
  existsSync(join(TOP, folder))
    ? readdirSync(join(TOP, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(TOP.length))
    : [];

/** What committed files and generated ones do not agree on; `folder` holds nothing but generated files, when given. */
export const drift = (generated: Generated, folder?: string): string[] => [
  ...[...generated].flatMap(([path, text]) => {
    if (!existsSync(join(TOP, path))) return [`${path} is missing`];
    return readFileSync(join(TOP, path), 'utf8') === text ? [] : [`${path} differs`];
  }),
  ...(folder === undefined
    ? []
    : under(folder)
        .filter((path) => !generated.has(path))
        .map((path) => `${path} is made from nothing`)),
];

/** Writes generated files and removes what nothing makes any more. */
export const write = (generated: Generated, folder?: string): void => {
  if (folder !== undefined) rmSync(join(TOP, folder), { recursive: true, force: true });
  for (const [path, text] of generated) {
    mkdirSync(dirname(join(TOP, path)), { recursive: true });
    writeFileSync(join(TOP, path), text);
  }
};

/** True when a module is the program itself and not imported by a test. */
export const isProgram = (url: string): boolean => process.argv[1] !== undefined && url === pathToFileURL(process.argv[1]).href;
