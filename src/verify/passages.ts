import { createHash } from 'node:crypto';
import { diffPolicies, type Side } from '../policy/diff.ts';
import { createJudge } from './control/judge.ts';
import { createCorpus } from './identifiers/corpus.ts';
import type { ControlRow, KeptPolicy, PassageInputs, Rows } from './inputs.ts';
import { createFindings } from './report.ts';
import { readRules } from './rules.ts';
import { readAudit } from './statements/audit.ts';

/** One policy that followed another, in one or more tasks. */
export interface PassageFinding {
  readonly before: string;
  readonly after: string;
  readonly verdict: 'pass' | 'fail' | 'not-applicable';
  /** Never a value. */
  readonly note: string;
}

/** A hand-over of one task. `accepted`: what its audit says that somebody accepted, before it. */
interface HandOver {
  readonly task: number;
  readonly before: string;
  readonly after: string;
  readonly accepted: readonly string[];
}

/** Hand-overs by the chain of a task: where the policy of its windows changes, and to the one that decides now. */
const handOversOf = async ({ task, audit, now }: PassageInputs['tasks'][number]): Promise<HandOver[]> => {
  // Whether the chain is whole is said where its windows are checked.
  const { lines, acceptances } = await readAudit(audit(), task, createCorpus(), createFindings());
  const policies = [...lines.map(({ policy, seq }) => ({ policy, seq })), { policy: now, seq: Number.POSITIVE_INFINITY }];
  return policies.flatMap(({ policy, seq }, i): HandOver[] => {
    const before = policies[i - 1]?.policy ?? policy;
    if (before === policy) return [];
    const told = acceptances.filter((one) => one.seq < seq && one.policy === before && one.next === policy);
    return [{ task, before, after: policy, accepted: told.map(({ accepted }) => accepted) }];
  });
};

/** What has to be accepted: both digests, and every code and path that loosens, each once and in order. Null: nothing. */
const acceptanceDue = (before: string, after: string, from: Side, to: Side): string | null => {
  const loose = diffPolicies(from, to).filter(({ kind }) => kind === 'loosens');
  if (loose.length === 0) return null;
  const told = [...new Set(loose.map(({ code, path }) => `${code} ${path}\n`))].sort();
  return createHash('sha256')
    .update(['unjoin acceptance 1', before, after, told.join('')].join('\n'))
    .digest('hex');
};

const LEAST_ACCEPTERS = 2;

/** Whether the signers of a policy have to say it, on the control log. */
const needsSigners = ({ side }: KeptPolicy): boolean =>
  Object.values(side.policy.signers ?? {}).filter(({ may }) => may.includes('acceptance')).length >= LEAST_ACCEPTERS;

/** What the signers of each of these policies accepted, by the checker's own judgement of the control log. */
const signedBy = async (policies: ReadonlyMap<string, KeptPolicy>, rows: Rows<ControlRow>): Promise<Map<string, Set<string>>> => {
  const judges = [...policies].map(([digest, { text, read, ipTable }]) => {
    const judge = createJudge(readRules(text, `policy ${digest}`, { read, ipTable }));
    return { digest, judge };
  });
  const found = new Map([...policies.keys()].map((digest): [string, Set<string>] => [digest, new Set()]));
  for await (const row of judges.length === 0 ? [] : rows)
    for (const { digest, judge } of judges) {
      const { saying } = judge(row);
      if (saying?.kind === 'acceptance') found.get(digest)?.add(saying.acceptance);
    }
  return found;
};

/**
 * Each policy that followed another and loosens it was accepted: the audit of every task that took it says so, of just these changes;
 * and where the policy before names two who may accept, two of its signers said it on the control log.
 */
export const verifyPassages = async ({ tasks, policies, controls }: PassageInputs): Promise<PassageFinding[]> => {
  const all: HandOver[] = [];
  for (const task of tasks) all.push(...(await handOversOf(task)));
  const befores = new Set(all.map(({ before }) => before));
  const signing = new Map([...policies].filter(([digest, policy]) => befores.has(digest) && needsSigners(policy)));
  const signed = await signedBy(signing, controls());
  const pairs = new Map(all.map(({ before, after }) => [`${before} ${after}`, { before, after }]));
  return [...pairs.values()].map(({ before, after }): PassageFinding => {
    const [from, to] = [policies.get(before), policies.get(after)];
    if (from === undefined || to === undefined)
      return { before, after, verdict: 'not-applicable', note: 'needs the texts of both policies, in the folder of kept plans' };
    const due = acceptanceDue(before, after, from.side, to.side);
    if (due === null) return { before, after, verdict: 'pass', note: 'nothing loosens' };
    const untold = all.filter((one) => one.before === before && one.after === after && !one.accepted.includes(due)).map(({ task }) => task);
    if (untold.length > 0)
      return {
        before,
        after,
        verdict: 'fail',
        note: `loosens, and the audit of task ${untold.join(', ')} tells of no acceptance of just that`,
      };
    if (signed.get(before)?.has(due) === false)
      return {
        before,
        after,
        verdict: 'fail',
        note: 'loosens, and no two signers of the policy before accepted just that on the control log',
      };
    return {
      before,
      after,
      verdict: 'pass',
      note: signed.has(before) ? 'loosens, as two signers accepted' : 'loosens, as the audit tells who accepted',
    };
  });
};
