import { list } from '../derived.ts';
import { isPattern } from '../pattern.ts';
import type { PolicyEvent } from '../shape.ts';
import { type Differ, membersOf, pairs } from './differ.ts';

/** What an event read and reads no more: topics, and bare records told by a field. */
interface GivenUp {
  readonly topics: readonly (string | number)[];
  readonly isName: boolean;
  readonly field: string | null;
}

const givenUp = (a: PolicyEvent, b: PolicyEvent | undefined): GivenUp => {
  const lessWhen = a.when !== undefined && (b?.when?.field !== a.when.field || lost(list(a.when.equals), list(b.when.equals)).length > 0);
  return { topics: lost(a.topics, b?.topics), isName: b === undefined, field: lessWhen ? (a.when?.field ?? null) : null };
};

const lost = (a: unknown, b: unknown): readonly (string | number)[] => membersOf(a, b)?.removed ?? [];

const lastSegment = (topic: string): string => topic.slice(topic.lastIndexOf('.') + 1);

/**
 * Records that one event gave up and another may take: topics by a pattern or by the name of the event, bare records by a
 * `when` that asks another field. Who gave them up is tighter; who takes them shows more.
 */
export const routeChanges = ({ before, after, follow }: Differ): void => {
  for (const [name, a, b] of pairs(before.policy.events, after.policy.events)) {
    if (a === undefined) continue;
    const { topics, isName, field } = givenUp(a, b);
    for (const [other, event] of Object.entries(after.policy.events)) {
      if (other === name || before.event(other) === undefined) continue;
      const words = `records that were \`${name}\` may be read as \`${other}\``;
      const hasPattern = (event.topics ?? []).some(isPattern);
      const takes = (topics.length > 0 || isName) && (hasPattern || topics.some((topic) => lastSegment(String(topic)) === other));
      if (takes) follow('reading-changed', ['events', other, 'topics'], words);
      if (field !== null && event.when !== undefined && event.when.field !== field)
        follow('reading-changed', ['events', other, 'when'], words);
    }
  }
};
