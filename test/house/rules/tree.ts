import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the project. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** What no rule looks at: made by tools, never committed (see .gitignore). */
const GENERATED = new Set(['node_modules', '.git', 'dist', '.tap', '.stryker-tmp', 'reports', 'out', 'unjoin-demo', '.kafka', '.stryker']);

/** Every file under a folder of the project, as paths from the top with forward slashes, sorted. */
export const filesUnder = (folder = '.', keep: (path: string) => boolean = () => true): string[] => {
  const found: string[] = [];
  const walk = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (GENERATED.has(entry.name)) continue;
      if (entry.isDirectory()) walk(join(path, entry.name));
      else found.push(relative(ROOT, join(path, entry.name)).split(sep).join('/'));
    }
  };
  if (existsSync(join(ROOT, folder))) walk(join(ROOT, folder));
  return found.filter(keep).sort();
};

export const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

export const isTypeScript = (path: string): boolean => path.endsWith('.ts') && !path.endsWith('.d.ts');
