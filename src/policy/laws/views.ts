import { DEFAULT_K, DEFAULT_PLACE_K } from '../defaults.ts';
import type { Reporter } from '../report.ts';
import { didYouMean } from '../suggest.ts';
import type { Facts, ViewFacts } from './facts.ts';

export const MIN_K = 12;
/** One subject's records against k: a quarter is what the gateway rule grants one gateway, too. */
const CONTRIBUTION_SHARE = 4;

/** What a view says of itself: name, event, subject, k, pseudonym, sensitive field, gateways. */
export const viewLaws = ({ views, policy }: Facts, reporter: Reporter): void => {
  const topics = new Map<string, string>();
  for (const facts of views) {
    checkName(facts, topics, reporter);
    checkK(facts, reporter);
    if (facts.event === null) {
      const fix = didYouMean(facts.view.event, Object.keys(policy.events), `name one of: ${Object.keys(policy.events).join(', ')}`);
      reporter.report('view-event-unknown', [...facts.at, 'event'], `there is no event \`${facts.view.event}\``, fix, 'value');
      continue;
    }
    checkSubject(facts, reporter);
    checkSensitive(facts, reporter);
    checkPseudonym(facts, reporter);
  }
};

const NAME = /^[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*$/;
const MAX_NAME = 100;

/** Topics differ in `.` and `_` only by name, metrics in neither, and some file systems not in case. */
const normalised = (name: string): string => name.toLowerCase().replace(/[._-]/g, '');

const checkName = ({ name, at }: ViewFacts, topics: Map<string, string>, reporter: Reporter): void => {
  if (!NAME.test(name) || name.length > MAX_NAME) {
    reporter.report(
      'view-bad-name',
      at,
      'a view is a topic, a file and an Avro record; this name cannot be all three',
      'use letters and digits, with single `-`, `_` or `.` between',
    );
  }
  const other = topics.get(normalised(name));
  if (other !== undefined) {
    reporter.report(
      'view-name-doubled',
      at,
      `\`${name}\` and \`${other}\` differ only in case, dots, dashes or underscores`,
      'rename one of the two',
    );
  }
  topics.set(normalised(name), name);
};

const checkK = ({ view, at, isPlace }: ViewFacts, reporter: Reporter): void => {
  const usual = isPlace ? DEFAULT_PLACE_K : DEFAULT_K;
  const k = view.k ?? usual;
  if (k < MIN_K)
    reporter.report(
      'k-too-small',
      [...at, 'k'],
      `k is ${k}; under ${MIN_K} a class hides nobody`,
      `use ${MIN_K} or more; ${usual} is the default`,
      'value',
    );
  else if (k < usual)
    reporter.report(
      'k-low',
      [...at, 'k'],
      `k is ${k}, below the default of ${usual}`,
      `use ${usual} unless the fleet is too small for it`,
      'value',
    );
  const contribution = view.contribution ?? 1;
  if (contribution <= 1 || contribution * CONTRIBUTION_SHARE <= k) return;
  const message = `one subject may leave ${contribution} records in a class of ${k} subjects`;
  reporter.report(
    'contribution-high',
    [...at, 'contribution'],
    message,
    `use ${Math.max(1, Math.floor(k / CONTRIBUTION_SHARE))} or less`,
    'value',
  );
};

const checkSubject = ({ view, at, event }: ViewFacts, reporter: Reporter): void => {
  if (view.subject === 'household' && event?.event.household === undefined) {
    const message = `the view counts households, but the event \`${view.event}\` does not say how to tell them`;
    reporter.report(
      'view-without-household',
      [...at, 'subject'],
      message,
      'add `household` to the event, or write `subject: device`',
      'value',
    );
  }
  if (view.gateways !== undefined && event?.event.gateway === undefined) {
    const message = `the view counts gateways, but the event \`${view.event}\` names no gateway field`;
    reporter.report('gateways-without-field', [...at, 'gateways'], message, 'add `gateway: <field>` to the event');
  }
};

const checkSensitive = ({ view, at, event, sensitive }: ViewFacts, reporter: Reporter): void => {
  if (view.sensitive === undefined || event === null) return;
  const place = [...at, 'sensitive'];
  const role = sensitive?.role ?? event.fields.get(view.sensitive)?.field.role;
  if (role === 'sensitive') return;
  if (role !== undefined) {
    const message = `\`${view.sensitive}\` has the role ${role}`;
    reporter.report('sensitive-wrong-role', place, message, 'give the field the role sensitive', 'value');
    return;
  }
  const known = event.attributes.filter((attribute) => attribute.role === 'sensitive').map(({ name }) => name);
  const otherwise = known.length === 0 ? 'give a field the role sensitive' : `name one of: ${known.join(', ')}`;
  reporter.report(
    'sensitive-unknown',
    place,
    `the event has no sensitive field \`${view.sensitive}\``,
    didYouMean(view.sensitive, known, otherwise),
    'value',
  );
};

const checkPseudonym = ({ view, at, isPlace }: ViewFacts, reporter: Reporter): void => {
  if (view.pseudonym !== 'class') return;
  const place = [...at, 'pseudonym'];
  if (view.sensitive !== undefined) {
    const message = 'a pseudonym would connect the sensitive values of one subject';
    reporter.report('pseudonym-with-sensitive', place, message, 'write `pseudonym: none`, or take `sensitive` out', 'value');
  }
  if (isPlace)
    reporter.report(
      'pseudonym-with-place',
      place,
      'a pseudonym would connect the places of one subject',
      'write `pseudonym: none`',
      'value',
    );
};
