import { createHash } from 'node:crypto';
import { type Candidate, distinct, groupBy, prf } from './candidate.ts';
import type { Mutation } from './mutations.ts';

const HOUR = 3_600_000;

const pseudonymOf = (one: Candidate, level: number, mutation: Mutation | null): string => {
  const { view, window, subject } = one;
  if (mutation === 'pseudonym-everywhere') return prf('view', view.name, subject);
  if (mutation === 'pseudonym-shared')
    return prf('view', view.name, window, level, (one.tuples[level] as string[]).join(), subject.slice(-1));
  if (mutation === 'unkeyed-hash') return createHash('sha256').update(subject).digest('hex').slice(0, 32);
  if (mutation === 'unkeyed-hash-of-mac') return createHash('md5').update(String(one.record.value?.['mac'])).digest('hex');
  return prf('view', view.name, window, level, (one.tuples[level] as string[]).join(), subject);
};

export const sensitiveTexts = (leaving: readonly Candidate[], mutation: Mutation | null): Map<Candidate, string> => {
  const texts = new Map<Candidate, string>();
  const rule = leaving[0]?.view.sensitive;
  if (!rule) return texts;
  const holders = groupBy(leaving, (one) => String(one.sensitive));
  for (const one of leaving) {
    const rare = distinct(holders.get(String(one.sensitive)) ?? []) < one.view.k && mutation !== 'sensitive-ignored';
    texts.set(one, one.sensitive === null ? '*' : rare ? 'other' : one.sensitive);
  }
  for (const group of groupBy(leaving, (one) => JSON.stringify([one.verdict, one.tuples[one.verdict as number]])).values()) {
    const most = [...rule.revealing].some(
      (value) => distinct(group.filter((one) => one.sensitive === value)) > rule.topShare * distinct(group),
    );
    if (most && mutation !== 'revealing-ignored') for (const one of group) texts.set(one, '*');
  }
  return texts;
};

export const outputOf = (one: Candidate, sensitive: string | undefined, mutation: Mutation | null): Record<string, unknown> => {
  const level = one.verdict as number;
  const { view, window, record } = one;
  const texts = one.tuples[mutation === 'wrong-level' ? Math.min(level + 1, view.path.length - 1) : level] as readonly string[];
  const names = view.fields.slice(2, 2 + view.attributes.length);
  const end = window + view.windowMs;
  return {
    windowEnd: mutation === 'timestamp-copied' ? record.timestamp : mutation === 'window-end-off' ? end - 1 : end,
    level,
    ...Object.fromEntries(
      names.map((name, a) => [
        name,
        mutation === 'raw-value' && name === 'model' ? String(record.value?.['model']) : one.starred ? '*' : texts[a],
      ]),
    ),
    ...(view.sensitive === null
      ? {}
      : { [view.sensitive.name]: mutation === 'sensitive-swapped' && sensitive === 'ok' ? 'timeout' : sensitive }),
    ...(view.pseudonym ? { pseudonym: pseudonymOf(one, level, mutation) } : {}),
    ...(mutation === 'extra-field' ? { hour: Math.floor(record.timestamp / HOUR) % 24 } : {}),
    ...(mutation === 'device-as-field' ? { key: record.value?.['deviceId'] } : {}),
    ...(mutation === 'header-copied' ? { client: `mqtt-${record.value?.['deviceId']}` } : {}),
  };
};
