import { HOUR_MS } from '../../model/time.ts';
import { parseDuration } from '../duration.ts';
import type { Reporter } from '../report.ts';
import type { Facts, ViewFacts } from './facts.ts';

const MIN_WINDOW_MS = 6 * HOUR_MS;
/** Levels of time that may stand beside a place. */
const COARSE = ['6h', 'day', 'week', '*'];

/** Views of places: windows and times of 6 h or more, else four points of a trace single out most people. */
export const placeLaws = (facts: Facts, reporter: Reporter): void => {
  for (const view of facts.views.filter(({ isPlace }) => isPlace)) {
    if (parseDuration(view.view.window) < MIN_WINDOW_MS) {
      const message = `a view of places has a window of ${view.view.window}`;
      reporter.report('window-too-short', [...view.at, 'window'], message, 'use 6h or more', 'value');
    }
    checkTimes(view, facts, reporter);
  }
};

const checkTimes = ({ view, at, attributes }: ViewFacts, { ladders }: Facts, reporter: Reporter): void => {
  for (const { name } of attributes.filter(({ ladder }) => ladders.get(ladder)?.technique === 'time')) {
    const index = view.path.findIndex((level) => Object.hasOwn(level, name) && !COARSE.includes(String(level[name])));
    // A level that the ladder does not have is reported as that.
    const isLevel = index >= 0 && attributes.some(({ ladder }) => ladders.get(ladder)?.levels.includes(String(view.path[index][name])));
    if (!isLevel) continue;
    const message = `beside a place the time must be 6 h or coarser`;
    reporter.report('time-too-fine', [...at, 'path', index, name], message, "use 6h, day, week or '*'", 'value');
  }
};
