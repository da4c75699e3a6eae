import fc from 'fast-check';
import t from 'tap';
import { type ControlLine, createControlFold } from '../../../src/control/fold.ts';
import { memoryPeriodKey } from '../../../src/runtime/keys/memory.ts';
import { policyFiles } from '../../../src/runtime/policy-files.ts';
import { createJudge } from '../../../src/verify/control/judge.ts';
import { readRules } from '../../../src/verify/rules.ts';
import { aliasesOf, COMMITMENT } from '../../control/rekey-world.ts';
import { ACCOUNTS, controlledPlan, controlledText, OFFICER, SECOND, signed, signer, subject } from '../../control/world.ts';
import { CARDS } from '../../runtime/dataset/world.ts';
import { FILE } from '../../transform/world.ts';

/** The gate's judgement of control records and the checker's are different code: of any log they have to say the same. */
const WITH_CARDS = ['\nevents:\n', `${CARDS}\nevents:\n`] as const;
const plan = controlledPlan(WITH_CARDS);
const rules = readRules(controlledText(WITH_CARDS), FILE, policyFiles(FILE));

const HOUR = 3_600_000;
const someone = (kind: 'device' | 'account' | 'household') => subject(plan, kind, `x-${kind}`);
const subjects = [
  someone('device'),
  someone('account'),
  someone('household'),
  subject(plan, 'device', 'x-device', 1, true),
  subject(plan, 'device', 'y', 2),
];

const aliases = (['device', 'account', 'household'] as const).flatMap((kind) => aliasesOf(plan, [kind, `x-${kind}`]));
const commitment = COMMITMENT(2);
const times = fc.constantFrom(0, 1, HOUR - 1, HOUR, HOUR + 1, 6 * HOUR, 7 * HOUR, 30 * HOUR, -HOUR, 1.5, '5', null);
const names = fc.constantFrom('device-health', 'feature-usage', 'presence-by-area', 'nobody', '', 'a');
const datasets = fc.constantFrom('warranty-cards', 'warranty-cards', 'cards', '');
const digests = fc.constantFrom('a'.repeat(64), 'a'.repeat(64), 'A'.repeat(64));
const ids = fc.constantFrom('a', 'b', 'c-1', '-', 'B', 'x'.repeat(64));
const lists = (of: fc.Arbitrary<unknown>) => fc.array(of, { maxLength: 2 });
const someSubject = fc.oneof({ weight: 8, arbitrary: fc.constantFrom<unknown>(...subjects) }, { weight: 1, arbitrary: fc.constantFrom<unknown>(null, {}, { ...subjects[0], tokens: [] }, { ...subjects[0], sealed: '!' }, { ...subjects[0], key: 0 }, { ...subjects[0], renewed: [] }, { ...subjects[0], renewed: ['x'] }, { ...subjects[0], more: 1 }) }); // biome-ignore format: a table

const record = fc.oneof(
  fc.record({ kind: fc.constant('binding'), subject: someSubject, household: fc.option(someSubject) }),
  fc.record({
    kind: fc.constant('consent'),
    subject: someSubject,
    purposes: lists(fc.constantFrom('*', 'a purpose', '', 'period:a', 'period:b', 'period:nobody', 'period:')),
    state: fc.constantFrom('granted', 'denied', 'withdrawn', 'perhaps'),
    from: times,
    to: times,
  }),
  fc.record({ kind: fc.constantFrom('erasure', 'erasures'), subject: someSubject }),
  fc.record({ kind: fc.constant('profile'), subject: someSubject, age: fc.constantFrom('adult', 'minor', 'child', 12) }),
  fc.record({ kind: fc.constant('loss'), dataset: datasets, digest: digests }),
  fc.record(
    { kind: fc.constant('dataset'), name: datasets, digest: digests, basis: fc.constant('b'.repeat(64)), asOf: times, rows: fc.constantFrom(1, -1), persons: fc.constant(1), evidence: fc.constantFrom('e'.repeat(64), 'e') },
    { requiredKeys: ['kind', 'name', 'digest', 'basis', 'asOf', 'rows', 'persons'] },
  ),
  fc.record(
    {
      kind: fc.constant('period'),
      id: ids,
      with: fc.constantFrom<unknown>({ datasets: [], views: [], unindexed: true }, { datasets: ['x'], views: [], unindexed: false }, { datasets: [], views: [] }),
      views: lists(names),
      consumers: fc.constantFrom<unknown>(['a'], []),
      start: times,
      end: times,
      basis: fc.constantFrom('none', 'consent', 'law', 'because'),
      cites: fc.constantFrom('a law', ''),
      k: fc.constantFrom<unknown>(12, 11, 50, 12.5),
    },
    { requiredKeys: ['kind', 'id', 'with', 'views', 'consumers', 'start', 'end', 'basis', 'k'] },
  ),
  fc.record({ kind: fc.constant('activation'), period: ids, evidence: fc.constantFrom('e'.repeat(64), 'e'), lineage: fc.constantFrom(memoryPeriodKey('a').lineage, Buffer.alloc(32).toString('base64'), 'x') }, { requiredKeys: ['kind', 'period', 'evidence'] }),
  fc.record({ kind: fc.constant('end'), period: ids, end: times }),
  fc.record({ kind: fc.constant('recall'), period: ids, view: names, partition: fc.constantFrom(0, -1), before: fc.constant(5) }),
  fc.record({
    kind: fc.constant('recall'),
    dataset: datasets,
    digest: digests,
    view: names,
    output: fc.oneof(fc.constantFrom<unknown>(null, null, {}, { period: 'a' }), fc.record({ period: ids, authorised: fc.boolean() })),
    partition: fc.constantFrom(0, 0, -1),
    before: fc.constant(5),
  }),
  fc.record({ kind: fc.constant('epoch'), epoch: fc.constantFrom<unknown>(-2, -1, 1, 6 * HOUR, 12 * HOUR, 13 * HOUR, 'x'), state: fc.constantFrom('active', 'active', 'retired', 'destroyed', 'new') }),
  fc.record({ kind: fc.constant('rekey'), key: fc.constantFrom<unknown>(2, 2, 2, 3, 1, '2'), state: fc.constant('staged'), commitment: fc.constantFrom(commitment, commitment, 'x'), aliases: fc.constantFrom<unknown>(aliases, aliases, [], [['a']], [[...aliases[0], 'b'.repeat(32)]], [aliases[0][0]]) }),
  fc.record({ kind: fc.constant('rekey'), key: fc.constantFrom<unknown>(2, 2, 2, 3, 1, 2.5), state: fc.constant('active'), commitment: fc.constantFrom(commitment, commitment, null), from: fc.constantFrom<unknown>(6 * HOUR, 12 * HOUR, 13 * HOUR, null) }),
  fc.record({ kind: fc.constant('rekey'), key: fc.constantFrom<unknown>(1, 2, 0), state: fc.constantFrom('destroyed', 'retired') }),
  fc.record({ kind: fc.constant('acceptance'), acceptance: fc.constant('b'.repeat(64)), why: fc.constantFrom('', 'so') }),
  fc.record({ kind: fc.constant('shutdown'), from: times }),
  fc.record({ kind: fc.constant('replay'), marks: lists(fc.constantFrom('a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32), 'x')) }),
  fc.constantFrom<unknown>({}, null, [], { kind: 'period' }),
); // biome-ignore format: a table

const OUTSIDER = signer('outsider');
const pens = [[OFFICER], [OFFICER], [OFFICER, SECOND], [OFFICER, SECOND], [SECOND, OFFICER], [ACCOUNTS], [OUTSIDER], [], [{ name: 'officer', key: OUTSIDER.key }], [OFFICER, OFFICER]]; // biome-ignore format: a table

interface Said {
  readonly record: unknown;
  readonly by: readonly { readonly name: string; readonly key: (typeof OFFICER)['key'] }[];
  readonly signer: string | null;
  readonly step: number;
  readonly atMs: number;
  readonly tear: string;
}

const said = fc.record({
  record,
  by: fc.constantFrom(...pens),
  /** Mostly the first who signs. */
  signer: fc.constantFrom(null, null, null, null, 'officer', 'second', 'nobody'),
  /** From the last number of the signer. */
  step: fc.constantFrom(1, 1, 1, 1, 1, 0, 2, -1),
  atMs: fc.constantFrom(0, 0, 1, HOUR, 6 * HOUR),
  tear: fc.constantFrom('', '', '', '', '', '', '', 'type', 'payload', 'sig', 'json', 'sigs'),
});

const torn = (text: string, tear: string): string => {
  const fields = JSON.parse(text) as { payloadType: string; payload: string; signatures: { keyid: string; sig: string }[] };
  if (tear === 'type') fields.payloadType += 'x';
  if (tear === 'payload') fields.payload = `${fields.payload.slice(0, -2)}=`;
  if (tear === 'sigs') fields.signatures = new Array(9).fill(fields.signatures[0]);
  if (tear === 'sig') for (const signature of fields.signatures) signature.sig = signature.sig.slice(4);
  const whole = JSON.stringify(fields);
  return tear === 'json' ? whole.slice(1) : whole;
};

t.test('gate and checker judge every log alike', async (t) => {
  const outcomes = new Set<string>();
  fc.assert(
    fc.property(fc.array(said, { minLength: 1, maxLength: 14 }), (log: readonly Said[]) => {
      const fold = createControlFold(plan);
      const judge = createJudge(rules);
      let clockMs = 0;
      for (const [offset, { record: says, by, signer: named, step, atMs, tear }] of log.entries()) {
        const name = named ?? by[0]?.name ?? 'officer';
        const payload = { v: 1, signer: name, seq: fold.lastSeq(name) + step, record: says };
        const value = Buffer.from(torn(signed(JSON.stringify(payload), ...by), tear));
        clockMs = Math.max(clockMs, atMs);
        const line: ControlLine = { offset, appendMs: clockMs, value };
        const told = fold.take(line);
        const judged = judge({ atMs, value });
        outcomes.add(judged.outcome);
        const [one, other] = [
          { outcome: told.refusal ?? 'applied', kind: told.kind, signer: told.signer, at: told.appendMs, number: told.offset },
          { outcome: judged.outcome, kind: judged.kind, signer: judged.signer, at: judged.atMs, number: judged.number },
        ];
        if (JSON.stringify(one) !== JSON.stringify(other))
          throw new Error(
            `gate ${JSON.stringify(one)}, checker ${JSON.stringify(other)}: ${JSON.stringify(payload).slice(0, 500)} ${tear}`,
          );
      }
    }),
    { numRuns: 1500 },
  );
  // Where that is met, and by both alike: rekeyings.test.ts.
  outcomes.delete('not-rekeyed');
  t.equal(outcomes.size, 14, `every outcome was met: ${[...outcomes].sort().join(' ')}`);
});
