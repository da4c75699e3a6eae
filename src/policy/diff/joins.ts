import type { Attribute } from '../attributes.ts';
import { parseDuration } from '../duration.ts';
import type { PolicyView } from '../shape.ts';
import { type Differ, quoted } from './differ.ts';
import { usedAttributes } from './paths.ts';
import { identityOf, type Resolved, sensitiveOf, techniqueOf } from './side.ts';

/** By what one consumer could join two views that it reads. */
interface Join {
  readonly consumer: string;
  readonly first: string;
  readonly second: string;
  readonly by: string;
  /** Null: not by a value but by windows that end at different times. */
  readonly shared: string | null;
}

const shownBy = (view: PolicyView, side: Resolved): readonly Attribute[] => {
  const sensitive = view.sensitive === undefined ? null : sensitiveOf(view, side);
  return [...usedAttributes(view, side), ...(sensitive === null ? [] : [sensitive])];
};

const isTime = ({ ladder }: Attribute, side: Resolved): boolean => techniqueOf(side.ladder(ladder)) === 'time';

/**
 * Two attributes have values in common when they read a field of the same name or use the same ladder. Time is left out: it
 * is what views may share.
 */
const isShared = (a: Attribute, b: Attribute): boolean =>
  a.ladder === b.ladder || a.inputs.some(({ path }) => b.inputs.some((other) => other.path === path));

const joinsOf = (side: Resolved): ReadonlyMap<string, Join> => {
  const joins = new Map<string, Join>();
  const add = (join: Join): void => void joins.set(JSON.stringify([join.consumer, join.first, join.second, join.by]), join);
  const views = Object.entries(side.policy.views).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [index, [second, b]] of views.entries()) {
    for (const [first, a] of views.slice(0, index)) {
      for (const consumer of b.consumers.filter((name) => a.consumers.includes(name))) {
        if (a.event === b.event && parseDuration(a.window) !== parseDuration(b.window))
          add({ consumer, first, second, by: 'windows', shared: null });
        for (const one of shownBy(a, side).filter((attribute) => !isTime(attribute, side)))
          for (const other of shownBy(b, side).filter((attribute) => isShared(one, attribute)))
            add({ consumer, first, second, by: `${identityOf(one)} ${identityOf(other)}`, shared: other.name });
      }
    }
  }
  return joins;
};

/**
 * Pairs of views that one consumer reads, and what they have in common, that had not. Within an event a policy does not load
 * where that joins records; across events it shows the same vocabulary of one home in two places.
 */
export const joinChanges = ({ before, after, follow }: Differ): void => {
  const [old, next] = [joinsOf(before), joinsOf(after)];
  for (const [key, { consumer, first, second, shared }] of next) {
    if (old.has(key)) continue;
    const both = `${quoted([consumer])} reads \`${first}\` and \`${second}\``;
    const at = ['views', second];
    if (shared === null) follow('join-windows', at, `${both}, whose windows differ: their difference is a batch of its own`);
    else follow('join-added', at, `${both}, and both have \`${shared}\`, by which records of the two can be joined`);
  }
  for (const [key, { consumer, first, second, shared }] of old) {
    if (next.has(key)) continue;
    const by = shared === null ? 'their windows' : `\`${shared}\``;
    follow('join-removed', ['views', second], `${quoted([consumer])} cannot join \`${first}\` and \`${second}\` by ${by} any more`);
  }
};
