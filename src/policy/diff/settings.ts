import { DEFAULT_EPOCH_MS, DEFAULT_LIMITS, DEFAULT_OWN_RETENTION_MS, DEFAULT_PRF } from '../defaults.ts';
import type { PolicyPath } from '../report.ts';
import { amountOf, compare, type Differ, durationOf, type Ordered, restated } from './differ.ts';
import { isMap } from './leaves.ts';

const EPOCH: Ordered = {
  less: ['epoch-shorter', (from, to) => `a key decides for ${to} where it did for ${from}`],
  more: [
    'epoch-longer',
    (from, to) => `a key decides for ${to} where it did for ${from}: whoever gets it connects the records of a subject for longer`,
  ],
};

/** Longer is looser, for whatever holds something of people. */
export const keptFor = (what: string): Ordered => ({
  less: ['retention-shorter', (from, to) => `${what} is kept for ${to}, which was ${from}`],
  more: ['retention-longer', (from, to) => `${what} is kept for ${to}, which was ${from}`],
});

const AUDIT: Ordered = {
  less: ['audit-shorter', (from, to) => `audit lines are kept for ${to}, which was ${from}`],
  more: ['audit-longer', (from, to) => `audit lines, which hold nothing of people, are kept for ${to}, which was ${from}`],
};

const limit = (name: string): Ordered => ({
  less: ['limit-lowered', (from, to) => `the bound on \`${name}\` is ${to}, which was ${from}: more goes to quarantine`],
  more: ['limit-raised', (from, to) => `the bound on \`${name}\` is ${to}, which was ${from}: records that went to quarantine are read`],
});

/** An empty map says nothing, and neither does none. */
const emptied = (differ: Differ, at: PolicyPath, before: unknown, after: unknown): void => {
  const isEmpty = (value: unknown): boolean => value === undefined || (isMap(value) && Object.keys(value).length === 0);
  if (isEmpty(before) && isEmpty(after)) restated(differ, at, before, after);
};

/** What a policy says of itself: name, keyed function, epochs, bounds on input, and how long what is kept may live. */
export const settingChanges = (differ: Differ): void => {
  const { before, after, tell } = differ;
  const [a, b] = [before.policy, after.policy];
  if (a.name !== b.name) tell('policy-renamed', ['name'], `the policy \`${a.name}\` is called \`${b.name}\``);
  const [prfBefore, prfAfter] = [a.prf ?? DEFAULT_PRF, b.prf ?? DEFAULT_PRF];
  if (prfBefore === prfAfter) restated(differ, ['prf'], a.prf, b.prf);
  else tell('prf-changed', ['prf'], `tokens and pseudonyms are made with ${prfAfter} where they were with ${prfBefore}`);
  compare(differ, ['epoch'], durationOf(a.epoch, DEFAULT_EPOCH_MS), durationOf(b.epoch, DEFAULT_EPOCH_MS), EPOCH);
  emptied(differ, ['limits'], a.limits, b.limits);
  for (const name of ['recordBytes', 'depth', 'items', 'stringBytes'] as const) {
    const otherwise = DEFAULT_LIMITS[name];
    compare(differ, ['limits', name], amountOf(a.limits?.[name], otherwise), amountOf(b.limits?.[name], otherwise), limit(name));
  }
  emptied(differ, ['retention'], a.retention, b.retention);
  const { quarantine, lineage, audit } = DEFAULT_OWN_RETENTION_MS;
  const kept = (name: 'quarantine' | 'lineage' | 'audit' | 'keys', otherwise: number, ordered: Ordered): void =>
    compare(differ, ['retention', name], durationOf(a.retention?.[name], otherwise), durationOf(b.retention?.[name], otherwise), ordered);
  kept('quarantine', quarantine, keptFor('quarantine, which holds sealed raw records,'));
  kept('lineage', lineage, keptFor('lineage'));
  kept('audit', audit, AUDIT);
  kept('keys', Number.POSITIVE_INFINITY, keptFor('a key, after its epoch,'));
};
