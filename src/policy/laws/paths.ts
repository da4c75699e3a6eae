import { STAR } from '../../model/ladder.ts';
import type { Attribute } from '../attributes.ts';
import type { PolicyPath, Reporter } from '../report.ts';
import { didYouMean } from '../suggest.ts';
import { type Facts, lastSegment, type ViewFacts } from './facts.ts';
import { uncovered } from './fields.ts';

/** Verdict bytes 0 to 63 say at which level a record left. */
export const MAX_LEVELS = 63;
/** Six attributes keep fine detail on 9 % of the records where two views of three keep 66 to 78 %. */
const WIDE = 3;

/** Paths: every level fixes every attribute, says something, and is coarser than the one before. */
export const pathLaws = ({ views, ladders }: Facts, reporter: Reporter): void => {
  for (const facts of views) {
    if (facts.event === null) continue;
    const at = [...facts.at, 'path'];
    const { path } = facts.view;
    if (path.length > MAX_LEVELS) {
      reporter.report('path-too-long', at, `the path has ${path.length} levels`, `leave ${MAX_LEVELS} at most`);
      continue;
    }
    const isNamed = checkAttributes(facts, at, reporter);
    const levels = facts.attributes.map((attribute) => levelsOf(attribute, facts, ladders.get(attribute.ladder)?.levels, at, reporter));
    if (isNamed && levels.every((column) => column !== null)) checkOrder(facts, levels, at, reporter);
    if (facts.attributes.length > WIDE) {
      reporter.report(
        'path-wide',
        at,
        `${facts.attributes.length} attributes; most records will be too rare to leave`,
        `use ${WIDE} at most, or make two views`,
      );
    }
  }
};

/** True when every level names the same attributes and all of them exist. */
const checkAttributes = ({ view, event, attributes }: ViewFacts, at: PolicyPath, reporter: Reporter): boolean => {
  if (event === null) return false;
  const known = event.attributes.filter(({ role }) => role === 'quasi').map(({ name }) => name);
  const roleless = uncovered(event).map(lastSegment);
  const said = new Set<string>();
  let isSound = true;
  for (const [index, level] of view.path.entries()) {
    const names = Object.keys(level);
    const strange = names.filter((name) => !attributes.some((attribute) => attribute.name === name));
    for (const name of strange.filter((candidate) => !said.has(candidate) && !roleless.includes(candidate))) {
      const otherwise = known.length === 0 ? 'give a field the role quasi' : `name one of: ${known.join(', ')}`;
      const message = `the event \`${event.name}\` has no attribute \`${name}\``;
      reporter.report(
        'path-attribute-unknown',
        [...at, index, name],
        message,
        attributeOfField(name, event.attributes) ?? didYouMean(name, known, otherwise),
      );
      said.add(name);
    }
    for (const { name, role } of attributes.filter((attribute) => attribute.role === 'sensitive' && names.includes(attribute.name))) {
      if (!said.has(name))
        reporter.report(
          'path-attribute-sensitive',
          [...at, index, name],
          `\`${name}\` is ${role}; it leaves as the sensitive field or not at all`,
          `write \`sensitive: ${name}\`, or give the field the role quasi`,
        );
      said.add(name);
      isSound = false;
    }
    const open = strange.length > 0 ? [] : attributes.filter(({ name }) => !names.includes(name)).map(({ name }) => `\`${name}\``);
    if (open.length > 0)
      reporter.report(
        'path-attribute-missing',
        [...at, index],
        `this level does not fix ${open.join(', ')}`,
        "give it a level here, or `'*'`",
      );
    const isEmpty = names.length === 0 || names.every((name) => level[name] === STAR);
    if (isEmpty && open.length === 0)
      reporter.report(
        'path-level-empty',
        [...at, index],
        'this level says nothing about anybody',
        'delete it: what fits no level is blocked',
      );
    isSound &&= strange.length === 0 && open.length === 0 && !isEmpty;
  }
  return isSound;
};

/** Fields are not named in paths, attributes are. */
const attributeOfField = (path: string, attributes: readonly Attribute[]): string | null => {
  const owner = attributes.find(({ inputs }) => inputs.some((input) => input.path === path));
  return owner === undefined ? null : `name the attribute, not the field: \`${owner.name}\``;
};

/** Ladder level of an attribute at each path level; null when a level is not of the ladder, or the ladder is not known. */
const levelsOf = (
  { name }: Attribute,
  { view }: ViewFacts,
  ladder: readonly string[] | undefined,
  at: PolicyPath,
  reporter: Reporter,
): number[] | null => {
  if (ladder === undefined) return null;
  const indexes = view.path.map((level, index) => {
    if (!Object.hasOwn(level, name)) return -1;
    // Resolutions of H3 may be written as numbers; their levels are named r6, r5, ...
    const wanted = typeof level[name] === 'number' ? `r${level[name]}` : level[name];
    const found = wanted === STAR ? ladder.length : ladder.indexOf(wanted);
    if (found >= 0) return found;
    const fix = didYouMean(wanted, ladder, `use one of: ${[...ladder, `'${STAR}'`].join(', ')}`);
    reporter.report('path-level-unknown', [...at, index, name], `the ladder of \`${name}\` has no level \`${level[name]}\``, fix, 'value');
    return -1;
  });
  return indexes.includes(-1) ? null : indexes;
};

const checkOrder = (facts: ViewFacts, levels: readonly (readonly number[])[], at: PolicyPath, reporter: Reporter): void => {
  for (let index = 1; index < facts.view.path.length; index++) {
    const finer = facts.attributes.filter((_, a) => levels[a][index] < levels[a][index - 1]);
    for (const { name } of finer) {
      const fix = 'order the levels from fine to coarse; a coarse class must be a union of fine ones';
      reporter.report('path-not-monotone', [...at, index, name], `\`${name}\` is finer here than at the level before`, fix, 'value');
    }
    const isCoarser = facts.attributes.some((_, a) => levels[a][index] > levels[a][index - 1]);
    if (finer.length > 0 || isCoarser) continue;
    reporter.report(
      'path-not-monotone',
      [...at, index],
      'this level is no coarser than the one before',
      'delete it, or make an attribute coarser',
    );
  }
};
