import fc from 'fast-check';
import t from 'tap';
import { isMap } from '../../src/policy/diff/leaves.ts';
import { diffPolicies, loosens, type Side } from '../../src/policy/diff.ts';
import type { Policy } from '../../src/policy/shape.ts';
import { baseOf, ready, side, told } from './diff/world.ts';

/*
 * Whatever is changed in a policy is told, and nothing that is made tighter is tight both ways. What is changed need not
 * obey any law, for a difference that nobody understands is the one that has to be told.
 */
const SIDES: readonly Side[] = [ready('smart-home.yaml'), ready('phone-telemetry.yaml'), side(baseOf())];

type Place = readonly (string | number)[];

/** Every place of a value: maps, lists, what is in them. */
const placesOf = (value: unknown, at: Place = []): Place[] => {
  const below = Array.isArray(value) ? [...value.entries()] : isMap(value) ? Object.entries(value) : [];
  return [at, ...below.flatMap(([key, item]) => placesOf(item, [...at, key]))];
};

const PLACES = SIDES.map(({ policy }) => placesOf(policy).slice(1));

/** What becomes of one place. */
const HOW = ['change', 'remove', 'add', 'double', 'swap', 'empty'] as const;

const changed = (value: unknown, by: number): unknown => {
  if (typeof value === 'number') return value + by;
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string')
    return /^[1-9][0-9]*[smhdw]$/.test(value) ? `${Number(value.slice(0, -1)) + Math.abs(by)}${value.slice(-1)}` : `${value}${by}`;
  return Array.isArray(value) ? [...value, by] : { ...(value as object), [`key${by}`]: by };
};

const edit = (policy: Policy, place: Place, how: (typeof HOW)[number], by: number): Policy => {
  const copy = structuredClone(policy);
  const [above, key] = [place.slice(0, -1), place[place.length - 1]];
  const parent = above.reduce<Record<string | number, unknown>>((at, step) => at[step] as Record<string | number, unknown>, copy as never);
  const value = parent[key];
  if (how === 'remove') Array.isArray(parent) ? parent.splice(Number(key), 1) : delete parent[key];
  else if (how === 'add') parent[Array.isArray(parent) ? parent.length : `more${by}`] = value;
  else if (how === 'double') parent[key] = [value, value];
  else if (how === 'empty') parent[key] = isMap(value) ? {} : Array.isArray(value) ? [] : '';
  else if (how === 'swap') parent[key] = Object.values(parent)[(Object.keys(parent).indexOf(String(key)) + 1) % Object.keys(parent).length];
  else parent[key] = changed(value, by);
  return copy;
};

const pick = fc.nat({ max: SIDES.length - 1 }).chain((which) =>
  fc.record({
    which: fc.constant(which),
    place: fc.nat({ max: PLACES[which].length - 1 }).map((index) => PLACES[which][index]),
    how: fc.constantFrom(...HOW),
    by: fc.integer({ min: -3, max: 3 }).filter((by) => by !== 0),
  }),
);

const isTexts = (value: unknown): boolean =>
  typeof value === 'string' || (Array.isArray(value) && value.every((text) => typeof text === 'string'));

/** Paths, lists of levels and the like must be what they are for a rule to look into them at all. */
const isShaped = ({ views, events, ladders }: Policy): boolean => {
  const areMaps = [views, events, ladders].every((map) => isMap(map) && Object.values(map).every(isMap));
  return (
    areMaps &&
    Object.values(views).every(
      (view) => Array.isArray(view.path) && view.path.length > 0 && view.path.every(isMap) && Array.isArray(view.consumers),
    ) &&
    Object.values(events).every(
      (event) =>
        isMap(event.fields) &&
        Object.values(event.fields).every(isMap) &&
        [event.schema, event.topics ?? [], event.when?.equals ?? []].every(isTexts),
    )
  );
};

t.test('law: a policy is not told from itself', async (t) => {
  for (const one of SIDES) t.strictSame(told(diffPolicies(one, structuredClone(one))), []);
});

t.test('law: whatever is changed is told, both ways; what only tightens loosens the way back', async (t) => {
  let tightened = 0;
  fc.assert(
    fc.property(pick, ({ which, place, how, by }) => {
      const before = SIDES[which];
      const policy = edit(before.policy, place, how, by);
      fc.pre(isShaped(policy) && JSON.stringify(policy) !== JSON.stringify(before.policy));
      const after = { ...before, policy };
      const [forth, back] = [diffPolicies(before, after), diffPolicies(after, before)];
      if (forth.length === 0 || back.length === 0) return false;
      const tightens = (changes: typeof forth): boolean => changes.some(({ kind }) => kind === 'tightens');
      if (tightens(forth)) tightened++;
      return (!tightens(forth) || loosens(back)) && (!tightens(back) || loosens(forth));
    }),
    { numRuns: 2000 },
  );
  t.ok(tightened > 100, `${tightened} of them tightened something`);
});

t.test('law: a file that says anything else is told, and loosens unless it means the same', async () => {
  const files = SIDES.slice(0, 2).flatMap((one) =>
    [...one.texts.keys()].filter((name) => !name.startsWith('ip table')).map((name) => [one, name] as const),
  );
  fc.assert(
    fc.property(fc.constantFrom(...files), fc.string({ minLength: 1 }), ([before, name], more) => {
      const texts = new Map(before.texts).set(name, `${before.texts.get(name)}${more}`);
      // What cannot be read is in neither map.
      const without = <T>(map: ReadonlyMap<string, T>): Map<string, T> => new Map([...map].filter(([key]) => key !== name));
      return loosens(diffPolicies(before, { ...before, texts, tables: without(before.tables), schemas: without(before.schemas) }));
    }),
    { numRuns: 300 },
  );
});
