import type { ControlLog } from '../control/index.ts';
import { isObject, parseJson, type Value } from '../json.ts';
import type { Findings } from '../report.ts';

/** What `control.json` has of each control key; its first version had one, without a number. */
const storedIn = (text: string | null, findings: Findings): ReadonlyMap<number, Value> => {
  const file = text === null ? null : parseJson(text);
  if (file === undefined) findings.fail('I15', 'control keys', 'control keys cannot be read');
  if (!isObject(file)) return new Map();
  const { keys, key } = file;
  if (isObject(keys)) return new Map(Object.entries(keys).map(([number, stored]) => [Number(number), stored]));
  return new Map(key === undefined ? [] : [[1, key]]);
};

/** I15, control keys: of those that control records say are destroyed nothing is left. */
export const checkControlKeys = (text: string | null, control: ControlLog | null, findings: Findings): void => {
  const stored = storedIn(text, findings);
  for (const number of control?.controlKeys.destroyed ?? [])
    if ((stored.get(number) ?? null) !== null) findings.fail('I15', `control key ${number}`, 'key kept after it was destroyed');
};
