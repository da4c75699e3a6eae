import type { ControlLine } from '../../../src/control/fold.ts';
import type { ControlRecord, ControlSubject } from '../../../src/control/shape.ts';
import type { SubjectKind } from '../../../src/control/subject.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { openSealed } from '../../../src/record/seal.ts';
import { memoryRecipients } from '../../../src/runtime/keys/memory.ts';
import { sayRekey, unkeyed, type Who } from '../../control/rekey-world.ts';
import { controlLog, OFFICER, SECOND, subject } from '../../control/world.ts';
import { isLaw } from './authorised-log.ts';
import { richSaid, type Said } from './rich-log.ts';
import { HOUR_MS, START_MS, type World } from './world.ts';

/** From here on windows lie in another key epoch, and under another control key. */
export const CUT_MS = START_MS + 6 * HOUR_MS;
/** When that is said. */
export const SAID_MS = CUT_MS - 6.5 * HOUR_MS;
/** Everything was decided under the old key by then. */
export const OVER_MS = CUT_MS + 6 * HOUR_MS;

const { operatorKey } = memoryRecipients();

const idOf = ({ kind, sealed }: ControlSubject): string =>
  (JSON.parse(Buffer.from(openSealed(operatorKey, 'control', kind, Buffer.from(sealed, 'base64')) ?? []).toString()) as { readonly id: string }).id; // biome-ignore format: one value

/** Whom a record is about, under the keys that whoever says it then has. */
const named = (plan: Plan, of: ControlSubject, atMs: number): ControlSubject => {
  if (atMs < SAID_MS) return of;
  return subject(plan, of.kind, idOf(of), atMs < CUT_MS ? 1 : 2, atMs < CUT_MS);
};

const renamed = (plan: Plan, record: ControlRecord, atMs: number): ControlRecord => {
  if (record.kind === 'binding')
    return { ...record, subject: named(plan, record.subject, atMs), household: record.household && named(plan, record.household, atMs) };
  return 'subject' in record ? { ...record, subject: named(plan, record.subject, atMs) } : record;
};

/** Everybody whom records name. */
export const everybody = (said: readonly Said[]): readonly Who[] => {
  const subjects = said.flatMap(({ record }) => {
    if (record.kind === 'binding') return [record.subject, ...(record.household === null ? [] : [record.household])];
    return 'subject' in record ? [record.subject] : [];
  });
  return [...new Map(subjects.map((of) => [of.tokens[0], [of.kind, idOf(of)] as [SubjectKind, string]])).values()];
};

const put = (log: ReturnType<typeof controlLog>, { record, atMs }: Said): void =>
  log.say(record, atMs, OFFICER, ...(record.kind === 'epoch' || isLaw(record) ? [SECOND] : []));

/** A log with everything in it, and another key epoch from the cut on; where `isRekeyed`, another control key, too. */
export const cutLog = (world: World, seed: number, isBound: boolean, isRekeyed: boolean, isDestroyed = false): readonly ControlLine[] =>
  cutLogOf(world, richSaid(world, seed, isBound), isRekeyed, isDestroyed);

/** The same of what is given. */
export const cutLogOf = (world: World, said: readonly Said[], isRekeyed: boolean, isDestroyed = false): readonly ControlLine[] => {
  const { plan } = world;
  const log = controlLog(plan);
  const before = said.filter(({ atMs }) => atMs < SAID_MS);
  for (const one of before) put(log, one);
  if (isRekeyed) sayRekey(plan, log, everybody(before), CUT_MS, SAID_MS);
  else log.say({ kind: 'epoch', epoch: CUT_MS, state: 'active' }, SAID_MS, OFFICER, SECOND);
  for (const one of said.slice(before.length)) put(log, isRekeyed ? { ...one, record: renamed(plan, one.record, one.atMs) } : one);
  if (isDestroyed) log.say(unkeyed(1), OVER_MS, OFFICER, SECOND);
  return log.lines;
};
