import type { PolicyPath } from '../report.ts';
import { amountOf, compare, compareMembers, type Differ, durationOf, type Ordered, pairs, quoted } from './differ.ts';
import { isMap } from './leaves.ts';

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

/** Members that both sides say. What only one says has a default that only its reader knows: the net tells of it. */
const both = (a: Fields, b: Fields, key: string): boolean => Object.hasOwn(a, key) && Object.hasOwn(b, key);

/** Registered personal datasets: which views they guard, and how well. Members that are not known here are left to the net. */
export const datasetChanges = (differ: Differ): void => {
  const { before, after, tell } = differ;
  for (const [name, a, b] of pairs(mapOf(before.policy, 'datasets'), mapOf(after.policy, 'datasets'))) {
    const at = ['datasets', name];
    if (b === undefined) tell('dataset-removed', at, `\`${name}\` guards nothing any more: what leaves may be joined with it`);
    else if (a === undefined) tell('dataset-added', at, `\`${name}\` guards ${namesIn(b, 'guards')}`);
    else if (isMap(a) && isMap(b)) compareDataset(differ, at, a, b);
  }
};

const namesIn = (value: unknown, key: string): string => {
  const names = isMap(value) ? value[key] : undefined;
  return (Array.isArray(names) && quoted(names.map(String))) || 'what it names';
};

const compareDataset = (differ: Differ, at: PolicyPath, a: Fields, b: Fields): void => {
  compareMembers(differ, [...at, 'guards'], a['guards'], b['guards'], {
    added: ['guard-added', (names) => `it guards ${names}, too`],
    removed: ['guard-removed', (names) => `it does not guard ${names} any more`],
  });
  if (both(a, b, 'kMap')) compare(differ, [...at, 'kMap'], amountOf(a['kMap'], Number.NaN), amountOf(b['kMap'], Number.NaN), KMAP);
  if (both(a, b, 'maxAge'))
    compare(differ, [...at, 'maxAge'], durationOf(a['maxAge'], Number.NaN), durationOf(b['maxAge'], Number.NaN), AGE);
};

/** Who may sign control records, and which. */
export const signerChanges = (differ: Differ): void => {
  const { before, after, tell } = differ;
  for (const [name, a, b] of pairs(mapOf(before.policy, 'signers'), mapOf(after.policy, 'signers'))) {
    const at = ['signers', name];
    if (b === undefined) tell('signer-removed', at, `\`${name}\` may not sign any more`);
    else if (a === undefined) tell('signer-added', at, `\`${name}\` may sign ${namesIn(b, 'may')}`);
    else if (isMap(a) && isMap(b)) {
      if (both(a, b, 'key') && a['key'] !== b['key'])
        tell('signer-key', [...at, 'key'], `\`${name}\` signs with another key: whoever has that one may sign`);
      compareMembers(differ, [...at, 'may'], a['may'], b['may'], {
        added: ['right-added', (names) => `\`${name}\` may sign ${names}, too`],
        removed: ['right-removed', (names) => `\`${name}\` may not sign ${names} any more`],
      });
    }
  }
};
