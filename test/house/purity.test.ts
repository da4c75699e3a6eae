import t from 'tap';
import { impurities } from './rules/purity.ts';
import { say, type Violation } from './rules/syntax.ts';
import { filesUnder, isTypeScript, read } from './rules/tree.ts';

/** Where keys or digests are used, and node:crypto may therefore be imported. */
const CRYPTO =
  /^src\/(record\/(seal|held|audit|lineage|quarantine)\.ts|verify\/.*|encode\/(encode|manifest|container)\.ts|decode\/(avro-)?(schema|canonical)\.ts|control\/(compose|envelope|fold|judge|sealing-key|dataset\/compile)\.ts|plan\.ts)$/;

/** Exceptions, each with its reason: `file: rule` as reported, without the line. Empty is best. */
const EXCEPTIONS: Readonly<Record<string, string>> = {};

const isPure = (file: string): boolean => isTypeScript(file) && !/^src\/(runtime|cli)\//.test(file);

t.test('everything outside runtime and cli is pure', async (t) => {
  const files = filesUnder('src', isPure);
  t.ok(files.length > 10, 'there are files to judge');
  const broken = files.flatMap((file) => impurities(file, read(file), { crypto: CRYPTO.test(file) }));
  const excepted = ({ file, rule }: Violation): string => `${file}: ${rule}`;
  t.same(broken.filter((violation) => EXCEPTIONS[excepted(violation)] === undefined).map(say), []);
  const met = new Set(broken.map(excepted));
  t.same(
    Object.keys(EXCEPTIONS).filter((exception) => !met.has(exception)),
    [],
    'no exception has outlived its cause',
  );
});

const judge = (text: string, crypto = false): string => impurities('src/gate/x.ts', text, { crypto }).map(say).join('\n');

t.test('the purity rule can fail', async (t) => {
  const planted: readonly (readonly [string, RegExp])[] = [
    ['export const now = () => Date.now();', /uses Date/],
    ['export const at = new Date(0);', /uses Date/],
    ['export type At = Date;', /uses Date/],
    ['export const r = () => Math.random();', /Math\.random/],
    [`export const r = () => Math['random']();`, /Math\.random/],
    ['const { random } = Math;', /Math\.random/],
    ['export const e = process.env.HOME;', /uses process/],
    ['export const e = () => ({ process });', /uses process/],
    [`import process from 'node:process';`, /imports node:process/],
    [`import { hrtime } from 'process';`, /imports process/],
    [`import fs from 'node:fs';`, /imports node:fs/],
    [`export const load = () => import('node:fs/promises');`, /imports node:fs/],
    [`import { createHash } from 'node:crypto';`, /node:crypto where no keys/],
    ['setTimeout(() => {}, 1);', /uses setTimeout/],
    ['console.log(1);', /uses console/],
    ['export const get = () => fetch("http://x");', /uses fetch/],
    ['export const all = globalThis;', /uses globalThis/],
    ['export const here = import.meta.url;', /import\.meta/],
    ['let count = 0;', /not const/],
    ['export var count = 0;', /not const/],
    ['const seen = new Map(); export const see = (x) => { seen.set(x, 1); };', /changes seen/],
    ['const scratch = new Uint8Array(9); export function f() { scratch[0] = 1; }', /changes scratch/],
    ['const state = { n: 0 }; export const f = () => state.n++;', /changes state/],
    ['const state = { n: 0 }; export const f = () => { state.n += 1; };', /changes state/],
  ];
  for (const [text, rule] of planted) t.match(judge(text), rule, text);
  for (const name of ['randomBytes', 'randomUUID', 'generateKeyPairSync', 'webcrypto']) {
    t.match(judge(`import { ${name} } from 'node:crypto';`, true), /takes randomness/, name);
  }
  t.match(judge(`import crypto from 'node:crypto';`, true), /takes randomness/, 'the default import would hide what is used');
});

t.test('the purity rule lets pass what only looks impure', async (t) => {
  const innocent = [
    '// Date.now() and process.env are not used here',
    'export const text = "Date process console";',
    'export const f = (x: { Date: number; process: string }) => x.Date + x.process.length;',
    'export const o = { console: 1, fetch: 2 };',
    'export const f = (fetch: () => number) => fetch();',
    'export const f = ({ process }: { process: number }) => process;',
    'export interface Log { fetch(): void; console: string }',
    'export const x = Math.floor(1.5);',
    'const table = new Uint8Array(9); for (let i = 0; i < 9; i++) table[i] = i;',
    'export const f = () => { const seen = new Map(); seen.set(1, 2); let n = 0; n++; return n; };',
    'const names = ["b"]; export const f = (names: string[]) => { names.push("c"); };',
    'export const b = Buffer.alloc(1);',
  ];
  for (const text of innocent) t.equal(judge(text), '', text);
  t.equal(judge(`import { createHmac, hash } from 'node:crypto';`, true), '');
});
