import t from 'tap';
import { styleBreaks } from './rules/style.ts';
import { say } from './rules/syntax.ts';
import { filesUnder, isTypeScript, read } from './rules/tree.ts';

/** Exceptions, each with its reason: `file: rule` as reported, without the line. Empty is best. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

const withoutLine = (said: string): string => said.replace(/^([^:]+):\d+: /, '$1: ');

t.test('the style law holds in sources, tests, tools and benches', async (t) => {
  const files = ['src', 'test', 'tools', 'bench'].flatMap((folder) => filesUnder(folder, isTypeScript));
  // A test of one process run is a list of what must hold of it: cutting it up would start the process again and again.
  const isLongTest = (file: string, said: string) => file.startsWith('test/') && said.includes('a function of');
  const broken = files.flatMap((file) =>
    styleBreaks(file, read(file))
      .map(say)
      .filter((said) => !isLongTest(file, said)),
  );
  t.same(
    broken.filter((said) => EXCEPTIONS[withoutLine(said)] === undefined),
    [],
  );
  const met = new Set(broken.map(withoutLine));
  t.same(
    Object.keys(EXCEPTIONS).filter((exception) => !met.has(exception)),
    [],
    'no exception has outlived its cause',
  );
});

t.test('the style law can fail', async (t) => {
  const long = `export const f = () => {\n${'  g();\n'.repeat(60)}};\n`;
  const planted: readonly (readonly [string, RegExp])[] = [
    ['export const x: any = 1;', /: any$/],
    ['export const x = y as any;', /: any$/],
    ['export enum Colour { red }', /an enum/],
    ['declare const enum Colour { red }', /an enum/],
    ['export default 1;', /a default export/],
    ['export default function f() {}', /a default export/],
    ['@sealed class A {}', /a decorator/],
    ['namespace N { export const x = 1; }', /a namespace/],
    ['class A extends Map {}', /inherits/],
    [long, /a function of 62 lines/],
    ['\n'.repeat(301), /301 lines/],
  ];
  for (const [text, rule] of planted) t.match(styleBreaks('src/x.ts', text).map(say).join('\n'), rule, text.slice(0, 60));
});

t.test('the style law lets pass what is allowed', async (t) => {
  const innocent = [
    'export class KeyError extends Error {}',
    'export interface A extends B {}',
    'switch (x) { default: break; }',
    'export const anything = "any"; // any enum',
    `export const f = () => {\n${'  g();\n'.repeat(57)}};\n`,
    '\n'.repeat(300),
  ];
  for (const text of innocent) t.same(styleBreaks('src/x.ts', text).map(say), [], text.slice(0, 60));
});
