import type { Plan } from '../model/plan.ts';

const longestWindow = (plan: Plan, views: readonly string[]): number =>
  plan.views.reduce((longest, { name, windowMs }) => (views.includes(name) ? Math.max(longest, windowMs) : longest), 0);

/** Plan-changing records name a first window at least one window after they were appended (spec section 6). Times are ms. */
export const isTooSoon = (plan: Plan, views: readonly string[], atMs: number, fromMs: number): boolean =>
  fromMs < atMs + longestWindow(plan, views);

export const everywhere = ({ views }: Plan): string[] => views.map(({ name }) => name);
