import { posix } from 'node:path';
import { importsOf, parse, reporter, type Violation } from './syntax.ts';

/** The order of the house: what each layer may import besides itself. A stage never imports another stage. */
const STAGES = ['decode', 'transform', 'gate', 'encode'] as const;

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  model: [],
  policy: ['model'],
  decode: ['model', 'policy'],
  transform: ['model', 'policy'],
  gate: ['model', 'policy'],
  encode: ['model', 'policy'],
  control: ['model', 'policy'],
  record: ['model', 'policy'],
  'plan.ts': ['model', 'policy', ...STAGES, 'control', 'record'],
  'pipeline.ts': ['model', 'policy', ...STAGES, 'control', 'record', 'plan.ts'],
  verify: ['model', 'policy'],
  simulate: ['model'],
  runtime: ['model', 'policy', ...STAGES, 'control', 'record', 'plan.ts', 'pipeline.ts'],
  cli: ['model', 'policy', ...STAGES, 'control', 'record', 'plan.ts', 'pipeline.ts', 'runtime', 'verify', 'simulate'],
};

/** Single files that a layer may import although their layer is closed to it. */
const DOORS: Readonly<Record<string, RegExp>> = {
  verify: /^src\/decode\/schema[^/]*\.ts$/,
  // The checker is pure, so somebody has to read files for it; what it wants is all that they may know of it.
  runtime: /^src\/verify\/inputs\.ts$/,
};

/** Names that make a branded type, and the only places that may: else an output could be made from anything. */
const MAKERS: Readonly<Record<string, RegExp>> = {
  brandCandidates: /^src\/(transform\/.*|record\/candidates?\.ts|model\/candidate\.ts)$/,
  brandReleased: /^src\/(gate\/.*|model\/released\.ts)$/,
};

const layerOf = (path: string): string => path.split('/')[1];

/** Violations of the layer rule in one file of `src`. */
export const layerBreaks = (file: string, text: string): Violation[] => {
  const source = parse(file, text);
  const { violations, report } = reporter(source);
  const layer = layerOf(file);
  const allowed = ALLOWED[layer];
  if (allowed === undefined) report(source, `${layer} is no layer of the house`);
  for (const { from, names, node } of importsOf(source)) {
    if (from === '(computed)') report(node, 'imports a computed module name');
    for (const name of names.filter((word) => MAKERS[word] !== undefined && !MAKERS[word].test(file))) report(node, `may not use ${name}`);
    if (!from.startsWith('.')) continue;
    const target = posix.normalize(posix.join(posix.dirname(file), from));
    const wanted = layerOf(target);
    if (!target.startsWith('src/')) report(node, `imports ${target}, outside src`);
    else if (names.includes('*') && /^src\/model\/(candidate|released)\.ts$/.test(target)) report(node, `imports all of ${target}`);
    else if (wanted !== layer && !allowed?.includes(wanted) && !DOORS[layer]?.test(target))
      report(node, `${layer} may not import ${target}`);
  }
  return violations;
};

/** Packages whose use is confined: to one folder, or to one file. */
export const CONFINED = [
  { name: 'pino', within: 'one file', place: (file: string) => file },
  { name: 'kafkajs', within: 'one folder', place: (file: string) => posix.dirname(file) },
] as const;

/** Files that import a confined package from more than one place. */
export const confinementBreaks = (files: readonly { readonly file: string; readonly text: string }[]): string[] =>
  CONFINED.flatMap(({ name, within, place }) => {
    const users = files.filter(({ file, text }) =>
      importsOf(parse(file, text)).some(({ from }) => from === name || from.startsWith(`${name}/`)),
    );
    const places = [...new Set(users.map(({ file }) => place(file)))];
    return places.length > 1 ? [`${name} belongs in ${within}, not in ${places.join(' and ')}`] : [];
  });
