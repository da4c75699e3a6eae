import type { Issue } from '../model/issue.ts';
import type { Ladder } from '../model/ladder.ts';
import type { PolicyLadder } from '../policy/shape.ts';
import { compileBuckets } from './technique/buckets.ts';
import { type Compiled, issueAt, type LadderContext } from './technique/context.ts';
import { compileCount } from './technique/count.ts';
import { compileH3 } from './technique/h3.ts';
import { compileIp } from './technique/ip.ts';
import { compileLanguage } from './technique/language.ts';
import { compileTable } from './technique/table.ts';
import { compileTime } from './technique/time.ts';
import { compileVersion } from './technique/version.ts';

export type { LadderContext } from './technique/context.ts';

export interface Technique {
  /** Key of the ladder in a policy, and `Ladder.technique`. */
  readonly key: string;
  /** Avro types (or `array`) that its inputs take, by axis; null of a union is always taken. */
  readonly accepts: Readonly<Record<string, readonly string[]>>;
  compile(spec: PolicyLadder, context: LadderContext): Compiled;
}

/** A technique from its key, types and compiler; the compiler sees only specs that have the key. */
const technique = <K extends string>(
  key: K,
  accepts: Technique['accepts'],
  compile: (spec: Extract<PolicyLadder, { [k in K]: unknown }>, context: LadderContext) => Compiled,
): Technique => ({ key, accepts, compile: (spec, context) => compile(spec as Extract<PolicyLadder, { [k in K]: unknown }>, context) });

const TEXTS = ['string', 'enum'];
const NUMBERS = ['int', 'long', 'float', 'double'];

/** Every technique there is. A new one is a file and a line here; the shared battery of tests then runs it. */
export const TECHNIQUES: readonly Technique[] = [
  technique('table', { '': [...TEXTS, ...NUMBERS, 'boolean'] }, compileTable),
  technique('version', { '': [...TEXTS, ...NUMBERS], version: [...TEXTS, ...NUMBERS], name: TEXTS }, compileVersion),
  technique('h3', { lat: NUMBERS, lon: NUMBERS }, compileH3),
  technique('time', { '': [...NUMBERS, 'string'] }, compileTime),
  technique('buckets', { '': NUMBERS }, compileBuckets),
  technique('language', { '': TEXTS }, compileLanguage),
  technique('ip', { '': TEXTS }, compileIp),
  technique('count', { '': ['array'] }, compileCount),
];

/** Compiles the ladder `name` of a policy: a ladder that obeys the laws, or everything that its author has to change. */
export const compileLadder = (name: string, spec: PolicyLadder, context: LadderContext): Ladder | Issue[] => {
  const found = TECHNIQUES.find(({ key }) => key in spec);
  if (found === undefined)
    return [issueAt(context, 'ladder-unknown-technique', `expected one of ${TECHNIQUES.map(({ key }) => key).join(', ')}`)];
  const compiled = found.compile(spec, context);
  return Array.isArray(compiled) ? compiled : { ...compiled, name };
};
