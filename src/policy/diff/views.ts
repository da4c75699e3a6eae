import {
  DEFAULT_CONTRIBUTION,
  DEFAULT_K,
  DEFAULT_MIN_GATEWAYS,
  DEFAULT_PLACE_K,
  DEFAULT_RETENTION_MS,
  DEFAULT_TOP_SHARE,
} from '../defaults.ts';
import type { PolicyPath } from '../report.ts';
import type { PolicyView } from '../shape.ts';
import { amountOf, compare, compareMembers, type Differ, durationOf, type Ordered, pairs, quoted, restated } from './differ.ts';
import { pathChanges, usedAttributes } from './paths.ts';
import { keptFor } from './settings.ts';
import { identityOf, type Resolved, sensitiveOf, techniqueOf } from './side.ts';

/** Whom a view shows what, for whom, and how many hide each of them. */
export const viewChanges = (differ: Differ): void => {
  const { before, after, tell } = differ;
  for (const [name, a, b] of pairs(before.policy.views, after.policy.views)) {
    const at = ['views', name];
    if (b === undefined) tell('view-removed', at, `nobody reads \`${name}\` any more; ${quoted(a?.consumers ?? [])} did`);
    else if (a === undefined) tell('view-added', at, addedWords(b, after));
    else if (a.event !== b.event)
      tell('view-event-changed', at, `it shows the event \`${b.event}\` where it showed \`${a.event}\`; now ${addedWords(b, after)}`);
    else compareView(differ, at, a, b);
  }
};

const levelText = (level: PolicyView['path'][number]): string =>
  Object.entries(level)
    .map(([name, wanted]) => `\`${name}\` by ${wanted}`)
    .join(', ');

/** A view as a sentence. */
const addedWords = (view: PolicyView, side: Resolved): string => {
  const [finest, ...coarser] = view.path;
  const sensitive = view.sensitive === undefined ? '' : ` and of each the sensitive field \`${view.sensitive}\``;
  const levels = coarser.length === 0 ? '' : `, at ${coarser.length} coarser level${coarser.length === 1 ? '' : 's'} too`;
  const connected = view.pseudonym === 'class' ? ', records of a subject connected inside a class' : '';
  const count = `${kOf(view, side)} ${view.subject}s a class, windows of ${view.window}`;
  return `${quoted(view.consumers)} reads of \`${view.event}\`, for "${view.purpose}": ${levelText(finest)}${levels}${sensitive} (${count}${connected})`;
};

/** A place among its attributes makes the default of k another. */
const kOf = (view: PolicyView, side: Resolved): number => {
  if (view.k !== undefined) return view.k;
  const isPlace = usedAttributes(view, side).some(({ ladder }) => techniqueOf(side.ladder(ladder)) === 'h3');
  return isPlace ? DEFAULT_PLACE_K : DEFAULT_K;
};

/** k of a view by its name; undefined where there is no such view. */
export const viewKOf = (side: Resolved, name: string): number | undefined => {
  const view = Object.hasOwn(side.policy.views, name) ? side.policy.views[name] : undefined;
  return view === undefined ? undefined : kOf(view, side);
};

const K: Ordered = {
  less: ['k-lowered', (from, to) => `a class of ${to} suffices where ${from} were needed`],
  more: ['k-raised', (from, to) => `a class needs ${to} where ${from} sufficed`],
};
const WINDOW: Ordered = {
  less: [
    'window-shorter',
    (from, to) =>
      `windows of ${to} where they were ${from}: the end of the window, which every record tells, says more exactly when it came, and a subject is in more batches that can be compared`,
  ],
  more: [
    'window-longer',
    (from, to) =>
      `windows of ${to} where they were ${from}: more records find k others and leave, and leave finer; a pseudonym connects over that long`,
  ],
};
const TOP_SHARE: Ordered = {
  less: ['top-share-lowered', (from, to) => `at most ${to} of a class may share a revealing value, which was ${from}`],
  more: ['top-share-raised', (from, to) => `up to ${to} of a class may share a revealing value, which was ${from}`],
};
const CONTRIBUTION: Ordered = {
  less: ['contribution-lowered', (from, to) => `a subject leaves at most ${to} in a class, which was ${from}`],
  more: ['contribution-raised', (from, to) => `a subject leaves up to ${to} in a class, which was ${from}`],
};
const GATEWAYS: Ordered = {
  less: ['gateways-fewer', (from, to) => `a class may come through ${to} gateways, where ${from} were needed`],
  more: ['gateways-more', (from, to) => `a class must come through ${to} gateways, where ${from} sufficed`],
};

const compareView = (differ: Differ, at: PolicyPath, a: PolicyView, b: PolicyView): void => {
  const { before, after, tell } = differ;
  if (a.purpose !== b.purpose)
    tell('purpose-changed', [...at, 'purpose'], `it is for "${b.purpose}", which was for "${a.purpose}"; nobody consented to that yet`);
  compareMembers(differ, [...at, 'consumers'], a.consumers, b.consumers, {
    added: ['consumer-added', (names) => `${names} reads it, too`],
    removed: ['consumer-removed', (names) => `${names} reads it no more`],
  });
  compareSubject(differ, [...at, 'subject'], a, b);
  compare(differ, [...at, 'window'], durationOf(a.window, Number.NaN), durationOf(b.window, Number.NaN), WINDOW);
  const [kBefore, kAfter] = [amountOf(a.k, kOf(a, before)), amountOf(b.k, kOf(b, after))];
  compare(differ, [...at, 'k'], kBefore, kAfter, K);
  pathChanges(differ, [...at, 'path'], a, b);
  compareSensitive(differ, [...at, 'sensitive'], a, b);
  const amounts = (key: 'topShare' | 'contribution', otherwise: number, ordered: Ordered): void =>
    compare(differ, [...at, key], amountOf(a[key], otherwise), amountOf(b[key], otherwise), ordered);
  amounts('topShare', DEFAULT_TOP_SHARE, TOP_SHARE);
  amounts('contribution', DEFAULT_CONTRIBUTION, CONTRIBUTION);
  comparePseudonym(differ, [...at, 'pseudonym'], a, b);
  compareGateways(differ, [...at, 'gateways'], a.gateways, b.gateways);
  const [keptBefore, keptAfter] = [durationOf(a.retention, DEFAULT_RETENTION_MS), durationOf(b.retention, DEFAULT_RETENTION_MS)];
  compare(differ, [...at, 'retention'], keptBefore, keptAfter, keptFor('what was released'));
};

const compareSubject = ({ tell }: Differ, at: PolicyPath, a: PolicyView, b: PolicyView): void => {
  if (a.subject === 'household' && b.subject === 'device')
    tell('subject-device', at, 'k counts devices where it counted households: the many devices of one home can make a class');
  if (a.subject === 'device' && b.subject === 'household') tell('subject-household', at, 'k counts households where it counted devices');
};

const comparePseudonym = (differ: Differ, at: PolicyPath, a: PolicyView, b: PolicyView): void => {
  const [from, to] = [a.pseudonym ?? 'none', b.pseudonym ?? 'none'];
  if (from === to) restated(differ, at, a.pseudonym, b.pseudonym);
  else if (to === 'class')
    differ.tell('pseudonym-added', at, 'a pseudonym connects the records of one subject inside a class, in one window');
  else if (to === 'none') differ.tell('pseudonym-removed', at, 'nothing connects the records of one subject');
};

/** By what it reads: another name of the same field is the same field. */
const compareSensitive = (differ: Differ, at: PolicyPath, a: PolicyView, b: PolicyView): void => {
  const { before, after, tell } = differ;
  const named = (view: PolicyView, side: Resolved): string | null => {
    if (view.sensitive === undefined) return null;
    const attribute = sensitiveOf(view, side);
    return attribute === null ? `? ${view.sensitive}` : identityOf(attribute);
  };
  const [from, to] = [named(a, before), named(b, after)];
  if (from === to) restated(differ, at, a.sensitive, b.sensitive);
  else if (from === null) tell('sensitive-added', at, `each record tells \`${b.sensitive}\`, which does not count into the class`);
  else if (to === null) tell('sensitive-removed', at, `records do not tell \`${a.sensitive}\` any more`);
  else tell('sensitive-changed', at, `each record tells \`${b.sensitive}\` where it told \`${a.sensitive}\``);
};

const compareGateways = (differ: Differ, at: PolicyPath, a: PolicyView['gateways'], b: PolicyView['gateways']) => {
  if (a === undefined && b === undefined) return;
  if (b === undefined) return differ.tell('gateways-removed', at, 'a class may come through a single gateway');
  if (a === undefined) return differ.tell('gateways-added', at, `a class must come through ${b.min ?? DEFAULT_MIN_GATEWAYS} gateways`);
  compare(differ, [...at, 'min'], amountOf(a.min, DEFAULT_MIN_GATEWAYS), amountOf(b.min, DEFAULT_MIN_GATEWAYS), GATEWAYS);
  compareMembers(differ, [...at, 'publishers'], a.publishers, b.publishers, {
    added: ['publisher-added', (names) => `subjects of ${names}, which may read it, do not count for it`],
    removed: ['publisher-removed', (names) => `subjects of ${names} count, as if it could not read the view`],
  });
};
