import type { Saying } from './payload.ts';

type Word = Extract<Saying, { readonly kind: 'epoch' }>;

/** What was said of key epochs: another one begins with each control key, too. */
export const epochWords = (sayings: readonly Saying[]): readonly Word[] =>
  sayings.flatMap((saying): Word[] => {
    if (saying.kind === 'epoch') return [saying];
    return saying.kind === 'rekey' && saying.state === 'active' ? [{ kind: 'epoch', epoch: saying.from, state: 'active' }] : [];
  });

/** Key epochs of windows: the policy cuts them at multiples of their length, and whoever rotates keys cuts them once more. */
export interface Epochs {
  /** Number of the epoch of a window by its start, ms. */
  numberOf(windowStartMs: number): number;
  /** When its windows are all over, ms. */
  endOf(epoch: number): number;
  readonly destroyed: ReadonlySet<number>;
}

export const createEpochs = (words: readonly Word[], lengthMs: number): Epochs => {
  const cuts = words
    .filter(({ state }) => state === 'active')
    .map(({ epoch }) => epoch)
    .sort((a, b) => a - b);
  /** Epochs by their starts, in the interval of the policy that holds a time. */
  const startsAround = (atMs: number): { readonly startMs: number; readonly epoch: number }[] => {
    const number = Math.floor(atMs / lengthMs);
    const [fromMs, toMs] = [number * lengthMs, (number + 1) * lengthMs];
    const own = cuts.filter((cut) => cut >= fromMs && cut < toMs).map((cut) => ({ startMs: cut, epoch: cut }));
    return own[0]?.startMs === fromMs ? own : [{ startMs: fromMs, epoch: number }, ...own];
  };
  return {
    numberOf: (windowStartMs) => startsAround(windowStartMs).findLast(({ startMs }) => startMs <= windowStartMs)?.epoch ?? Number.NaN,
    endOf(epoch) {
      const startMs = cuts.includes(epoch) ? epoch : epoch * lengthMs;
      const intervalEndMs = (Math.floor(startMs / lengthMs) + 1) * lengthMs;
      const all = startsAround(startMs);
      const at = all.findIndex((one) => one.epoch === epoch);
      return all[at + 1]?.startMs ?? (at < 0 ? startMs : intervalEndMs);
    },
    destroyed: new Set(words.filter(({ state }) => state === 'destroyed').map(({ epoch }) => epoch)),
  };
};
