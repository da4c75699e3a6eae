import { createHash } from 'node:crypto';
import t from 'tap';
import { createControlFold } from '../../../src/control/fold.ts';
import type { Actor, Controls, SubjectControls } from '../../../src/model/controls.ts';
import type { Keys, Prf } from '../../../src/model/keys.ts';
import type { ViewPlan } from '../../../src/model/plan.ts';
import type { Released } from '../../../src/model/released.ts';
import { AUTHORISED } from '../../../src/model/verdict.ts';
import { STAGES, type Stages } from '../../../src/pipeline.ts';
import { formatReport, type StatementId } from '../../../src/verify/index.ts';
import { subject } from '../../control/world.ts';
import { authorisedLog } from '../control/authorised-log.ts';
import { rechained } from '../control/rechain.ts';
import { type Change, check, createWorld, idsOf } from '../control/world.ts';

/** The real pipeline with one mistake in what leaves as authorised: each must be rejected by the statement that it breaks. */
const SEED = 81;
const world = createWorld(SEED);
const log = authorisedLog(world, SEED, false);

type At = (view: ViewPlan, startMs: number) => Controls;

const withControls = (change: (given: Controls, at: At, view: ViewPlan, startMs: number) => Controls): Change => ({
  controls: (source) => ({ ...source, at: (view, startMs) => change(source.at(view, startMs), source.at, view, startMs) }),
});

type Authorised = (actor: Actor, period: string, given: SubjectControls) => string | null;

const withAuthorised = (make: (at: At, view: ViewPlan, startMs: number) => Authorised): Change =>
  withControls((given, at, view, startMs) => {
    const subjects = given.subjects as SubjectControls;
    const authorised = make(at, view, startMs);
    return { ...given, subjects: { ...subjects, authorised: (actor, period) => authorised(actor, period, subjects) } };
  });

/** What another time makes of an actor. */
const asOf = (hours: number): Change =>
  withAuthorised((at, view, startMs) => {
    const other = at(view, startMs + hours * view.windowMs).subjects as SubjectControls;
    return (actor, period, given) => given.authorised?.(actor, period) ?? other.authorised?.(actor, period) ?? null;
  });

/** Tokens of households and devices that ever granted every purpose. */
const grantedAll = (): ReadonlySet<string> => {
  const fold = createControlFold(world.plan);
  for (const line of log) fold.take(line);
  const tokens = world.people.flatMap(({ deviceId, householdId }) => [
    ...subject(world.plan, 'device', deviceId).tokens,
    ...subject(world.plan, 'household', householdId).tokens,
  ]);
  const said = (token: string) => fold.state.consents.before(token, Number.POSITIVE_INFINITY);
  return new Set(tokens.filter((token) => said(token).some(({ state, purposes }) => state === 'granted' && purposes.includes('*'))));
};

const everything = grantedAll();

const withKeys = (change: (keys: Keys) => Keys): Change => ({
  stages: { gate: (plan, deps) => STAGES.gate(plan, { ...deps, keys: change(deps.keys) }) },
});

const prfOf = (one: (message: Uint8Array) => Uint8Array): Prf => ({
  one,
  batch(bytes, start, length, count, out) {
    for (let i = 0; i < count; i++) out.set(one(bytes.subarray(start[i], start[i] + length[i])), 16 * i);
  },
});

/** Raw ids by control token. */
const ids = new Map(
  world.people.flatMap(({ deviceId, householdId }) => [
    ...subject(world.plan, 'device', deviceId).tokens.map((token) => [token, deviceId] as const),
    ...subject(world.plan, 'household', householdId).tokens.map((token) => [token, householdId] as const),
  ]),
);

/** A pseudonym made of the raw id of its subject, as if a gate knew it. */
const ofRawId = (make: (id: string) => Uint8Array): Change =>
  withKeys((keys) => ({
    ...keys,
    period: () => prfOf((message) => make(ids.get(Buffer.from(message.subarray(-16)).toString('hex')) as string)),
  }));

const withGate = (change: (closed: ReturnType<ReturnType<Stages['gate']>['close']>) => typeof closed): Change => ({
  stages: {
    gate: (plan, deps) => {
      const gate = STAGES.gate(plan, deps);
      return { ...gate, close: (view, start, controls) => change(gate.close(view, start, controls)) };
    },
  },
});

const keep = ({ count, codes, sensitive, pseudonym, ...released }: Released, rows: readonly number[]): Released => {
  const pick = <T extends Int32Array | Uint8Array | Float64Array>(values: T): T => {
    const width = count === 0 ? 0 : values.length / count;
    const kept = rows.flatMap((row) => [...values.subarray(row * width, (row + 1) * width)]);
    return new (values.constructor as new (values: number[]) => T)(kept);
  };
  const { source, offset, level } = released;
  return { ...released, source: pick(source), offset: pick(offset), level: pick(level), count: rows.length, codes: pick(codes), sensitive: pick(sensitive), pseudonym: pick(pseudonym) }; // biome-ignore format: a record
};

/** Counts everybody first, and takes those who authorised out of what leaves. */
const countingThem: Change = {
  stages: {
    gate: (plan, deps) => {
      const [real, blind] = [STAGES.gate(plan, deps), STAGES.gate(plan, deps)];
      return {
        ...real,
        offer(candidates) {
          blind.offer(candidates);
          return real.offer(candidates);
        },
        close(view, start, controls) {
          const closed = real.close(view, start, controls);
          const subjects = controls.subjects === null ? null : { ...controls.subjects, authorised: () => null };
          const all = blind.close(view, start, { ...controls, subjects });
          const own = new Set(Array.from(closed.authorised?.offset ?? [], (offset, i) => `${closed.authorised?.source[i]} ${offset}`));
          const isOwn = (source: number, offset: number): boolean => own.has(`${source} ${offset}`);
          const rows = Array.from(all.released.offset, (_, row) => row).filter((row) => !isOwn(all.released.source[row], all.released.offset[row])); // biome-ignore format: a chain
          const { source, offset, verdict } = all.verdicts;
          const verdicts = { ...all.verdicts, verdict: verdict.map((byte, i) => (isOwn(source[i], offset[i]) ? AUTHORISED : byte)) };
          return { ...all, released: keep(all.released, rows), authorised: closed.authorised, verdicts };
        },
      };
    },
  },
};

const changed = (change: Partial<Released> | ((released: Released) => Partial<Released>)): Change =>
  withGate((closed) => {
    const { authorised } = closed;
    if (authorised === null) return closed;
    return { ...closed, authorised: { ...authorised, ...(typeof change === 'function' ? change(authorised) : change) } };
  });

let calls = 0;

const MUTANTS: Readonly<Record<string, readonly [Change, StatementId]>> = {
  'leaves without consent': [
    withAuthorised((_, view) => (actor, _period, given) => (view.subject === 'device' ? actor.device : given.household(actor))),
    'I13',
  ],
  'granting everything taken for consent': [
    withAuthorised((_, view) => (actor, period, given) => {
      const token = view.subject === 'device' ? actor.device : given.household(actor);
      return given.authorised?.(actor, period) ?? (token !== null && everything.has(token) ? token : null);
    }),
    'I13',
  ],
  'one period taken for another': [
    withAuthorised(() => (actor, _period, given) => given.authorised?.(actor, 'spring') ?? null),
    'I13',
  ],
  'withdrawn and still there': [asOf(-1), 'I13'],
  'there before it was said': [asOf(1), 'I13'],
  'erased and still there': [
    withControls((given) => {
      const subjects = given.subjects as SubjectControls;
      const refusal = (actor: Actor) => (subjects.refusal(actor) === 'erased' ? null : subjects.refusal(actor));
      return { ...given, subjects: { ...subjects, refusal } };
    }),
    'I14',
  ],
  'a basis taken for granted': [
    withControls((given) => ({ ...given, periods: given.periods.map((rule) => ({ ...rule, mayBeAuthorised: true })), subjects: { ...(given.subjects as SubjectControls), authorised: (actor) => given.subjects?.household(actor) ?? null } })),
    'I13',
  ],
  'announced taken for active': [
    withControls((given) => ({ ...given, periods: given.periods.map((rule) => ({ ...rule, isSuspended: false })) })),
    'I13',
  ],
  'counted in k': [countingThem, 'I3'],
  'left in a class though authorised': [withAuthorised(() => () => null), 'I13'],
  'one period of two is enough': [
    withControls((given) => ({ ...given, periods: given.periods.filter(({ id }) => id !== 'more') })),
    'I13',
  ],
  'raw id as pseudonym': [ofRawId((id) => Buffer.from(id.padEnd(16, '\0')).subarray(0, 16)), 'I7'],
  'unkeyed digest as pseudonym': [ofRawId((id) => createHash('md5').update(id).digest()), 'I7'],
  'pseudonym of the epoch key: the same in two periods': [withKeys((keys) => ({ ...keys, period: () => keys.epoch(1).view('device-health') })), 'I8'],
  'pseudonym anew in each window': [withKeys((keys) => ({ ...keys, period: (id) => keys.period(`${id} ${calls++}`) })), 'I8'],
  'one pseudonym for all': [changed(({ pseudonym }) => ({ pseudonym: new Uint8Array(pseudonym.length).fill(7) })), 'I8'],
  'values of somebody else': [
    changed(({ codes, count }) => {
      const width = codes.length / count;
      return { codes: codes.map((_, i) => codes[(i + width) % codes.length]) };
    }),
    'I5',
  ],
  'to the output of the others': [
    { written: (transaction) => ({ ...transaction, outputs: transaction.outputs.map((output) => ({ ...output, isAuthorised: false })) }) },
    'I1',
  ],
  'to the authorised output of another period': [
    { written: (transaction) => ({ ...transaction, outputs: transaction.outputs.map((output) => (output.isAuthorised && output.period === 'spring' ? { ...output, period: 'summer' } : output)) }) },
    'I13',
  ],
  'the others in the authorised output': [
    { written: (transaction) => ({ ...transaction, outputs: transaction.outputs.map((output) => (output.period === 'summer' ? { ...output, isAuthorised: true } : output)) }) },
    'I1',
  ],
  'left twice': [
    { written: (transaction) => ({ ...transaction, outputs: transaction.outputs.flatMap((output) => (output.isAuthorised ? [output, output] : [output])) }) },
    'I1',
  ],
  'not told in the audit': [
    {
      audit: (lines) =>
        rechained(lines, (fields) => {
          if (!('counts' in fields)) return [fields];
          const { authorised: _, ...counts } = fields['counts'] as Record<string, unknown>;
          return [{ ...fields, counts }];
        }),
    },
    'I19',
  ],
}; // biome-ignore format: a table

t.setTimeout(600_000);

for (const [name, [change, expected]] of Object.entries(MUTANTS)) {
  t.test(`${name}: rejected by ${expected}`, async (t) => {
    const report = await check(world, log, change);
    t.ok(idsOf(report, 'fail').includes(expected), formatReport(report).join('\n'));
  });
}
