import { isWithin } from '../fields.ts';
import type { PolicyPath } from '../report.ts';
import type { PolicyEvent, PolicyField } from '../shape.ts';
import type { ChangeCode } from './codes.ts';
import { compareMembers, type Differ, pairs, restated } from './differ.ts';
import { sameLadder } from './ladders.ts';
import { isSame } from './leaves.ts';
import { identityOf } from './side.ts';

type Role = PolicyField['role'] | 'unknown';

/** A role covers what lies below a path, unless that has one of its own. */
const coveredBy = (path: string, { fields }: PolicyEvent): PolicyField | undefined => {
  const above = Object.keys(fields).filter((other) => other !== path && isWithin(path, other));
  const nearest = above.sort((a, b) => b.length - a.length)[0];
  const field = nearest === undefined ? undefined : fields[nearest];
  return field?.role === 'drop' || field?.role === 'identifier' ? field : undefined;
};

const ROLES: readonly Role[] = ['unknown', 'drop', 'identifier', 'constant', 'sensitive', 'quasi'];

/** What becomes of each field: whether it may leave, and what it is known for. */
export const fieldChanges = (differ: Differ, event: PolicyPath, a: PolicyEvent, b: PolicyEvent): void => {
  for (const [path, from, to] of pairs<PolicyField>(a.fields, b.fields)) {
    const at = [...event, 'fields', path];
    const [roleFrom, roleTo] = [from ?? coveredBy(path, a), to ?? coveredBy(path, b)].map((field): Role => field?.role ?? 'unknown');
    if (!ROLES.includes(roleFrom) || !ROLES.includes(roleTo)) continue;
    if (roleFrom !== roleTo) for (const [code, words] of roleChanges(roleFrom, roleTo)) differ.tell(code, at, `\`${path}\` ${words}`);
    // The role of its own that says what one above it said is not needed, or another kind of identifier.
    else if (from === undefined || to === undefined) compareCovered(differ, at, from ?? coveredBy(path, a), to ?? coveredBy(path, b));
    else compareField(differ, event, path, from, to);
  }
};

const LEAVES: readonly Role[] = ['sensitive', 'quasi'];

/** What another role means. What is lost and what is gained are told apart: a constant that becomes an attribute is both. */
const roleChanges = (from: Role, to: Role): readonly (readonly [code: ChangeCode, words: string])[] => {
  const found: (readonly [ChangeCode, string])[] = [];
  if (from === 'constant') found.push(['constant-lost', 'may have any value where one was required']);
  if (from === 'identifier') found.push(['identifier-lost', `is not known as an identifier any more: it is ${words(to)}`]);
  if (LEAVES.includes(to)) {
    if (from === 'quasi') found.push(['field-uncounted', 'is a sensitive field and does not count into classes any more']);
    else if (from === 'sensitive') found.push(['field-unguarded', 'counts into classes and is not guarded as a sensitive field any more']);
    else found.push(['field-opened', `may leave, made coarser; it ${from === 'unknown' ? 'was unknown' : `was ${words(from)}`}`]);
  } else if (LEAVES.includes(from)) found.push(['field-closed', `does not leave any more: it is ${words(to)}`]);
  if (to === 'constant') found.push(['constant-named', 'must have the declared value']);
  if (to === 'identifier' && from === 'unknown') found.push(['field-known', 'is known, as an identifier that dies']);
  if (to === 'identifier' && from === 'drop') found.push(['identifier-named', 'is known as an identifier']);
  if (to === 'drop' && from === 'unknown') found.push(['field-known', 'is known, and dropped']);
  if (to === 'unknown' && from === 'drop') found.push(['field-gone', 'was dropped, and is there no more']);
  return found;
};

const words = (role: Role): string => {
  switch (role) {
    case 'unknown':
      return 'not there';
    case 'drop':
      return 'dropped unread';
    case 'identifier':
      return 'an identifier';
    case 'constant':
      return 'a constant';
    case 'sensitive':
      return 'a sensitive field';
    case 'quasi':
      return 'an attribute';
  }
};

const compareCovered = (differ: Differ, at: PolicyPath, from: PolicyField | undefined, to: PolicyField | undefined): void => {
  if (from?.role === 'identifier' && to?.role === 'identifier' && from.kind !== to.kind)
    differ.tell('identifier-kind', at, `it is a ${to.kind} where it was a ${from.kind}`);
  else differ.tell('restated', at, 'it says what the role above it says');
};

/** The same role on both sides: what else is said of the field. */
const compareField = (differ: Differ, event: PolicyPath, path: string, a: PolicyField, b: PolicyField): void => {
  const at = [...event, 'fields', path];
  compareOptional(differ, [...at, 'optional'], path, a, b);
  if (a.role === 'identifier' && b.role === 'identifier' && a.kind !== b.kind)
    differ.tell('identifier-kind', [...at, 'kind'], `\`${path}\` is a ${b.kind} where it was a ${a.kind}`);
  if (a.role === 'constant' && b.role === 'constant' && a.value !== b.value)
    differ.tell('constant-changed', [...at, 'value'], `records pass whose \`${path}\` has another value than before`);
  if (!('ladder' in a) || !('ladder' in b)) return;
  compareLadder(differ, [...at, 'ladder'], path, a.ladder, b.ladder);
  compareAttribute(differ, event, path, a, b);
  if (a.role === 'sensitive' && b.role === 'sensitive')
    compareMembers(differ, [...at, 'revealing'], a.revealing, b.revealing, {
      added: ['revealing-added', (names) => `${names} must not be most of a class`],
      removed: ['revealing-removed', (names) => `${names} may be most of a class, or all of it`],
    });
};

const compareOptional = (differ: Differ, at: PolicyPath, path: string, a: PolicyField, b: PolicyField): void => {
  const said = (field: PolicyField): boolean | undefined => ('optional' in field ? field.optional : undefined);
  const [from, to] = [said(a) ?? false, said(b) ?? false];
  if (from === to) restated(differ, at, said(a), said(b));
  else if (to === true) differ.tell('optional-allowed', at, `records pass that lack \`${path}\``);
  else if (to === false) differ.tell('optional-refused', at, `records that lack \`${path}\` go to quarantine`);
};

const compareLadder = (differ: Differ, at: PolicyPath, path: string, from: string, to: string): void => {
  if (from === to) return;
  if (sameLadder(differ, from, to)) restated(differ, at, from, to);
  else differ.tell('field-ladder', at, `\`${path}\` is made coarser by \`${to}\` where it was by \`${from}\``);
};

type Generalised = Extract<PolicyField, { readonly ladder: string }>;

/** Another name, or another axis: the attribute may be what it was, under another name, or be made of other fields. */
const compareAttribute = (differ: Differ, event: PolicyPath, path: string, a: Generalised, b: Generalised): void => {
  const { before, after, tell } = differ;
  const axis = (field: Generalised): string | undefined => ('axis' in field ? field.axis : undefined);
  const isRenamed = a.as !== b.as;
  const isTurned = axis(a) !== axis(b);
  if (!isRenamed && !isTurned) return;
  const name = String(event[1]);
  const [from, to] = [before, after].map((side) => side.attributes(name).find(({ inputs }) => inputs.some((input) => input.path === path)));
  const isSameMake = from !== undefined && to !== undefined && isSame(identityOf(from), identityOf(to));
  for (const [key, isChanged] of [
    ['as', isRenamed],
    ['axis', isTurned],
  ] as const) {
    if (!isChanged) continue;
    const at = [...event, 'fields', path, key];
    if (!isSameMake)
      tell('attribute-regrouped', at, `\`${path}\` belongs to \`${to?.name}\`, which is made of other fields than \`${from?.name}\` was`);
    else if (from.name === to.name) restated(differ, at, a, b);
    else tell('attribute-renamed', at, `\`${from.name}\` is called \`${to.name}\``);
  }
};
