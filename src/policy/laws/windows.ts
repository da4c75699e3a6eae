import { DEFAULT_EPOCH_MS } from '../defaults.ts';
import { formatDuration, parseDuration } from '../duration.ts';
import type { Reporter } from '../report.ts';
import type { Facts } from './facts.ts';

/** A window lies in one key epoch: both are cut from 1970, so the window must divide the epoch. */
export const windowLaws = ({ policy, views }: Facts, reporter: Reporter): void => {
  const epochMs = policy.epoch === undefined ? DEFAULT_EPOCH_MS : parseDuration(policy.epoch);
  for (const { view, at } of views) {
    if (epochMs % parseDuration(view.window) === 0) continue;
    const epoch = Number.isNaN(epochMs) ? policy.epoch : formatDuration(epochMs);
    const message = `windows of ${view.window} do not divide the key epoch of ${epoch}, so that one would need two keys`;
    reporter.report('window-not-in-epoch', [...at, 'window'], message, 'use a window such as 1h, 6h or 24h, or another epoch', 'value');
  }
};
