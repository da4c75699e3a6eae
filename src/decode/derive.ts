import type { DerivedItem, DerivedText, NamedList, Origin } from '../model/derived.ts';
import type { FaultName } from '../model/fault.ts';
import type { DerivedPlan, Plan } from '../model/plan.ts';
import type { Place } from './avro-compile.ts';
import { compileGetter, type Getter } from './json-get.ts';
import { compilePatterns, type TakeApart } from './pattern.ts';
import type { Surroundings } from './surroundings.ts';

/** Whether any event of a plan reads something around its value. */
export const looksAround = ({ events }: Pick<Plan, 'events'>): boolean =>
  events.some(({ derived, isCloudEvent }) => isCloudEvent || [...derived.values()].some(({ kind }) => kind === 'text'));

/** What a text says, taken apart where the policy says so; undefined when it says nothing, null when it has another form. */
type Said = (whole: unknown) => string | undefined | null;

/** A derived text of an event: where it comes from, and the slot that it goes to. */
interface Step {
  readonly slot: number;
  readonly origin: Origin;
  readonly said: Said;
  readonly isRequired: boolean;
  /** Numbers of a time from around the value are written in digits. */
  readonly isTime: boolean;
}

const DIGITS = /^\d{1,16}$/;

const saidOf = ({ patterns, part }: DerivedText): Said => {
  if (part === null) return (whole) => (typeof whole === 'string' && whole !== '' ? whole : undefined);
  const takeApart: TakeApart = compilePatterns(patterns);
  return (whole) => {
    if (typeof whole !== 'string' || whole === '') return undefined;
    const parts = takeApart(whole);
    return parts === null ? null : parts[part];
  };
};

/** Fills slots that no field of the value fills. */
export interface Deriver {
  /** What tells events apart, when that is derived; what is wrong with it is told by `fill`. */
  readonly when: ((slots: readonly unknown[], around: Surroundings) => unknown) | null;
  /** Fills; the first fault when a text cannot be read, has another form, or is missing though it must not be. */
  fill(slots: unknown[], around: Surroundings): FaultName | null;
}

const wholeOf = ({ origin, slot }: Step, slots: readonly unknown[], around: Surroundings): unknown =>
  origin.kind === 'field' ? slots[slot] : around.text(origin);

const fillStep = (step: Step, slots: unknown[], around: Surroundings): FaultName | null => {
  const whole = wholeOf(step, slots, around);
  if (step.origin.kind !== 'field' && around.fault !== null) return around.fault;
  const said = step.said(whole);
  if (said === null) return 'pattern-mismatch';
  if (said === undefined && step.isRequired) return 'identity-missing';
  slots[step.slot] = step.isTime && said !== undefined && DIGITS.test(said) ? Number(said) : said;
  return null;
};

/** Compiles what an event derives; null when it derives no text, as most events do. `paths` are those of its slots. */
export const compileDeriver = (
  paths: readonly (string | undefined)[],
  derived: ReadonlyMap<string, DerivedPlan>,
  whenSlot: number,
  timeSlot: number,
): Deriver | null => {
  const steps = paths.flatMap((path, slot): Step[] => {
    const plan = path === undefined ? undefined : derived.get(path);
    if (plan?.kind !== 'text') return [];
    return [{ slot, origin: plan.origin, said: saidOf(plan), isRequired: plan.isRequired, isTime: slot === timeSlot }];
  });
  if (steps.length === 0) return null;
  const when = steps.find(({ slot }) => slot === whenSlot);
  return {
    when: when === undefined ? null : (slots, around) => when.said(wholeOf(when, slots, around)),
    fill(slots, around) {
      for (const step of steps) {
        const fault = fillStep(step, slots, around);
        if (fault !== null) return fault;
      }
      return null;
    },
  };
};

/** Reads one derived path of a JSON value by itself. */
export const compileRead = (path: string, plan: DerivedPlan | undefined): ((value: unknown, around: Surroundings) => unknown) => {
  const get = getterOf(path, false, plan);
  if (plan?.kind !== 'text') return get;
  const said = saidOf(plan);
  const { origin } = plan;
  return (value, around) => said(origin.kind === 'field' ? get(value) : around.text(origin));
};

const itemGetter = ({ list, name, value, item }: DerivedItem): Getter => {
  const listOf = compileGetter(list);
  const nameOf = compileGetter(name);
  const memberOf = compileGetter(value);
  return (object) => {
    const items = listOf(object);
    if (!Array.isArray(items)) return undefined;
    for (const one of items) if (nameOf(one) === item) return memberOf(one);
    return undefined;
  };
};

/** How a slot is filled from a JSON value, before texts from around it come in. */
export const getterOf = (path: string, isCount: boolean, plan: DerivedPlan | undefined): Getter => {
  if (plan === undefined) return compileGetter(path, isCount);
  if (plan.kind === 'item') return itemGetter(plan);
  return plan.origin.kind === 'field' ? compileGetter(plan.origin.path) : () => undefined;
};

/** The same for Avro: the place that a walk looks at, '' when there is none in the value. */
export const placeOf = (path: string, isCount: boolean, plan: DerivedPlan | undefined): Place => {
  if (plan === undefined) return { path, isCount };
  if (plan.kind === 'item') return { path: plan.list, isCount: false, item: plan.item };
  return { path: plan.origin.kind === 'field' ? plan.origin.path : '', isCount: false };
};

/** True when a list of the value names an item twice. */
export const compileDoubled = (lists: readonly NamedList[]): ((value: unknown) => boolean) => {
  const checks = lists.map(({ list, name }) => ({ listOf: compileGetter(list), nameOf: compileGetter(name) }));
  return (value) =>
    checks.some(({ listOf, nameOf }) => {
      const items = listOf(value);
      if (!Array.isArray(items)) return false;
      const names = items.map(nameOf).filter((name) => typeof name === 'string');
      return new Set(names).size < names.length;
    });
};
