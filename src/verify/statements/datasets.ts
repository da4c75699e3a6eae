import type { Classes } from '../classes.ts';
import type { ControlLog } from '../control/index.ts';
import { type Counter, createCounting, type Left } from '../datasets/count.ts';
import type { People } from '../datasets/persons.ts';
import type { TrueData } from '../datasets/read.ts';
import type { GuardRule } from '../datasets/rules.ts';
import { type Decisions, groupBy, placeOf } from '../decisions.ts';
import type { OutputTable } from '../outputs.ts';
import type { Findings } from '../report.ts';
import type { Rules, ViewRule } from '../rules.ts';

/** What left in one window of a view, by whoever decided it: each (level, tuple) once, texts by attribute. */
export interface LeftWindow {
  readonly windowStart: number;
  readonly tuples: readonly { readonly level: number; readonly texts: readonly string[] }[];
  /** The greatest k of the combined-use periods that the window touches; 0: none. */
  readonly periodK: number;
}

/** I11: holds what left of a view against the persons of every dataset that guards it. */
export interface DatasetCheck {
  /** Whether the policy has a dataset guard a view, be its data given or not. */
  guards(view: ViewRule): boolean;
  check(view: ViewRule, windows: readonly LeftWindow[]): void;
  /** Writes into the report what was joined with what. */
  finish(): void;
}

/** The windows of one task, by lineage and the raw data. */
export const windowsOf = (decisions: Decisions, { windows }: Classes): LeftWindow[] => {
  const { view, outputs } = decisions;
  return windows.map(({ windowStart, classes }) => ({
    windowStart,
    periodK: decisions.periodOf(windowStart).k,
    // A level beyond the path is told of by I5.
    tuples: classes.flatMap(({ level, tuple }) =>
      level < view.path.length ? [{ level, texts: JSON.parse(outputs.tuples.text(tuple)) as string[] }] : [],
    ),
  }));
};

/** The windows of a run that one task decided, by what left alone. */
export const leftOf = (view: ViewRule, table: OutputTable | undefined, control: ControlLog | null): LeftWindow[] => {
  if (table === undefined) return [];
  const entries = table.windowEnd.map((windowEnd, entry) => ({ windowStart: windowEnd - view.windowMs, entry }));
  return groupBy(entries, ({ windowStart }) => windowStart).map((own) => {
    const [{ windowStart }] = own;
    const periodK = control?.periods.ruleOf(view, windowStart).k ?? 0;
    const tuples = groupBy(own, ({ entry }) => `${table.level[entry]} ${table.tuple[entry]}`).map(([{ entry }]) => ({
      level: table.level[entry],
      texts: JSON.parse(table.tuples.text(table.tuple[entry])) as string[],
    }));
    return { windowStart, periodK, tuples };
  });
};

/**
 * How many persons, up to `enough`, certainly match a tuple that somebody could match; null when nobody could. Nobody behind the
 * whole tuple: then whoever joins drops attributes, and the fewest behind any part that somebody could match are told.
 */
const fewestOf = (
  counter: Counter,
  { level, codes }: Left,
  enough: number,
): { readonly isWhole: boolean; readonly fewest: number } | null => {
  const whole = 2 ** codes.length - 1;
  const ask = (asked: number): number | null => {
    const question = { level, codes, asked };
    return counter.isPossible(question) ? counter.certain(question, enough) : null;
  };
  const certain = ask(whole);
  if (certain !== null) return { isWhole: true, fewest: certain };
  const parts = Array.from({ length: Math.max(0, whole - 1) }, (_, i) => ask(i + 1)).filter((count) => count !== null);
  return parts.length === 0 ? null : { isWhole: false, fewest: Math.min(...parts) };
};

/** One dataset and view: a window is a question a tuple, as far as the dataset has its attributes. */
const createGuardCheck = (name: string, guard: GuardRule, people: People, findings: Findings) => {
  const counterOf = createCounting(people);
  const joined = { tuples: 0, possible: 0 };
  const codesOf = ({ level, texts }: LeftWindow['tuples'][number]): Left => ({
    level,
    codes: guard.attributes.map(({ position }) => people.numberOf(texts[position])),
  });
  const check = ({ windowStart, tuples, periodK }: LeftWindow): void => {
    const left = [...new Map(tuples.map(codesOf).map((one) => [`${one.level} ${one.codes.join()}`, one])).values()];
    const counter = counterOf(left);
    const enough = Math.max(guard.kMap, periodK);
    for (const one of left) {
      const found = fewestOf(counter, one, enough);
      joined.tuples++;
      if (found?.isWhole === true) joined.possible++;
      if (found === null || found.fewest >= enough) continue;
      const what = `${name}: ${found.isWhole ? '' : 'nobody matches, but '}fewer than kMap persons certainly match${found.isWhole ? '' : ' a part'}`;
      const where = placeOf(guard.view, windowStart, one.level);
      if (found.fewest < guard.kMap) findings.fail('I11', where, what);
      else findings.fail('I13', where, `${what}, by the k of a period`);
    }
  };
  return { view: guard.view.name, joined, check };
};

export const createDatasetCheck = ({ policy }: Rules, data: readonly TrueData[], findings: Findings): DatasetCheck => {
  const all = data.map(({ rule, registered, covers }) => ({
    rule,
    registered,
    covers,
    guards: rule.guards.flatMap((guard, i) =>
      guard.attributes.length === 0 ? [] : [createGuardCheck(rule.name, guard, registered.people[i], findings)],
    ),
  }));
  const guarded = new Set(Object.values(policy.datasets ?? {}).flatMap(({ guards }) => guards));
  return {
    guards: ({ name }) => guarded.has(name),
    check(view, windows) {
      for (const { guards, covers } of all)
        for (const guard of guards)
          if (guard.view === view.name) for (const window of windows) if (covers(window.windowStart + view.windowMs)) guard.check(window);
    },
    finish() {
      for (const { rule, registered, guards } of all) {
        const tuples = guards.reduce((sum, { joined }) => sum + joined.tuples, 0);
        const possible = guards.reduce((sum, { joined }) => sum + joined.possible, 0);
        const views = `${guards.length} view${guards.length === 1 ? '' : 's'}`;
        findings.note(
          'I11',
          `${rule.name}: ${registered.persons} persons joined with ${tuples} tuples of ${views}, ${possible} of them somebody's`,
        );
      }
    },
  };
};
