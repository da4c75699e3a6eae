import { DAY_MS } from '../../model/time.ts';
import { parseDuration } from '../duration.ts';
import type { Reporter } from '../report.ts';
import type { Facts } from './facts.ts';

const MAX_QUARANTINE_MS = 7 * DAY_MS;

/** Everything that is kept has a limit. */
export const retentionLaws = ({ policy, views }: Facts, reporter: Reporter): void => {
  for (const { name, view, at } of views) {
    if (view.retention !== undefined) continue;
    reporter.report(
      'retention-missing',
      at,
      `\`${name}\` does not say how long its topic keeps records`,
      'add `retention: 30d`, or as long as the purpose needs',
    );
  }
  const { quarantine, keys } = policy.retention ?? {};
  if (quarantine !== undefined && !(parseDuration(quarantine) <= MAX_QUARANTINE_MS)) {
    reporter.report(
      'retention-too-long',
      ['retention', 'quarantine'],
      `quarantine holds raw records; ${quarantine} is too long`,
      'use 72h; 7d at most',
      'value',
    );
  }
  const longest = views.reduce((ms, { view }) => Math.max(ms, parseDuration(view.window)), 0);
  if (keys !== undefined && parseDuration(keys) < longest) {
    const message = `keys are destroyed ${keys} after their epoch, while a window of it may still be open`;
    reporter.report('retention-keys', ['retention', 'keys'], message, 'keep keys at least as long as the longest window', 'value');
  }
};
