import type { PolicyPath } from '../report.ts';
import { compare, compareMembers, type Differ, durationOf, type Ordered, pairs, quoted, restated } from './differ.ts';
import { isMap, isSame } from './leaves.ts';
import { viewKOf } from './views.ts';

type Fields = Readonly<Record<string, unknown>>;

const KMAP: Ordered = {
  less: ['kmap-lowered', (from, to) => `${to} persons of the dataset hide a record, where ${from} were needed`],
  more: ['kmap-raised', (from, to) => `${to} persons of the dataset have to hide a record, where ${from} sufficed`],
};
const AGE: Ordered = {
  less: ['dataset-fresher', (from, to) => `its index may be ${to} old, which was ${from}`],
  more: ['dataset-older', (from, to) => `its index may be ${to} old, which was ${from}: persons who came since guard nothing`],
};

const mapOf = (policy: unknown, name: string): Fields => {
  const value = isMap(policy) ? policy[name] : undefined;
  return isMap(value) ? value : {};
};

/** Registered personal datasets: which views they guard, and how well. Members that are not known here are left to the net. */
export const datasetChanges = (differ: Differ): void => {
  const { before, after, tell } = differ;
  for (const [name, a, b] of pairs(mapOf(before.policy, 'datasets'), mapOf(after.policy, 'datasets'))) {
    const at = ['datasets', name];
    if (b === undefined) tell('dataset-removed', at, `\`${name}\` guards nothing any more: what leaves may be joined with it`);
    else if (a === undefined) tell('dataset-added', at, `\`${name}\` guards ${namesIn(b, 'guards')}`);
    else if (isMap(a) && isMap(b)) compareDataset(differ, at, a, b);
  }
  if (!hasDatasets(before.policy) || !hasDatasets(after.policy) || isNamed(before.policy) === isNamed(after.policy)) return;
  if (isNamed(before.policy)) tell('index-unsigned', ['datasets'], 'no signer says which index is in force: the newest of the folder is');
  else tell('index-signed', ['datasets'], 'signers say which index is in force, where the newest of the folder was');
};

const hasDatasets = (policy: unknown): boolean => Object.keys(mapOf(policy, 'datasets')).length > 0;

/** Whether some signer may say which index of a dataset is in force. */
const isNamed = (policy: unknown): boolean =>
  Object.values(mapOf(policy, 'signers')).some(
    (signer) => isMap(signer) && Array.isArray(signer['may']) && signer['may'].includes('dataset'),
  );

const namesIn = (value: unknown, key: string): string => {
  const names = isMap(value) ? value[key] : undefined;
  return (Array.isArray(names) && quoted(names.map(String))) || 'what it names';
};

const compareDataset = (differ: Differ, at: PolicyPath, a: Fields, b: Fields): void => {
  compareMembers(differ, [...at, 'guards'], a['guards'], b['guards'], {
    added: ['guard-added', (names) => `it guards ${names}, too`],
    removed: ['guard-removed', (names) => `it does not guard ${names} any more`],
  });
  compareKMap(differ, [...at, 'kMap'], a, b);
  compare(differ, [...at, 'maxAge'], durationOf(a['maxAge'], Number.NaN), durationOf(b['maxAge'], Number.NaN), AGE);
};

/** Without a number of its own a dataset asks for the k of each view that it guards. */
const compareKMap = (differ: Differ, at: PolicyPath, a: Fields, b: Fields): void => {
  if (isSame(a['kMap'], b['kMap'])) return;
  const guards = Array.isArray(b['guards']) ? b['guards'].map(String) : [];
  const [from, to] = (
    [
      [a, differ.before],
      [b, differ.after],
    ] as const
  ).map(([dataset, side]) => guards.map((view) => dataset['kMap'] ?? viewKOf(side, view)));
  const isNumber = (value: unknown): value is number => typeof value === 'number';
  if (guards.length === 0 || !from.every(isNumber) || !to.every(isNumber)) return;
  const said = (values: readonly number[]): string => [...new Set(values)].join(' or ');
  const ordered = to.some((value, index) => value < from[index])
    ? KMAP.less
    : to.some((value, index) => value > from[index])
      ? KMAP.more
      : null;
  if (ordered === null) restated(differ, at, a['kMap'], b['kMap']);
  else differ.tell(ordered[0], at, ordered[1](said(from), said(to)));
};

/** Who may sign control records, and which. */
export const signerChanges = (differ: Differ): void => {
  const { before, after, tell } = differ;
  for (const [name, a, b] of pairs(mapOf(before.policy, 'signers'), mapOf(after.policy, 'signers'))) {
    const at = ['signers', name];
    if (b === undefined) tell('signer-removed', at, `\`${name}\` may not sign any more`);
    else if (a === undefined) tell('signer-added', at, `\`${name}\` may sign ${namesIn(b, 'may')}`);
    else if (isMap(a) && isMap(b)) {
      if (a['key'] !== b['key']) tell('signer-key', [...at, 'key'], `\`${name}\` signs with another key: whoever has that one may sign`);
      compareMembers(differ, [...at, 'may'], a['may'], b['may'], {
        added: ['right-added', (names) => `\`${name}\` may sign ${names}, too`],
        removed: ['right-removed', (names) => `\`${name}\` may not sign ${names} any more`],
      });
    }
  }
};
