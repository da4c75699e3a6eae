import { TOKEN_BYTES } from '../model/candidate.ts';
import type { Epochs } from '../model/epochs.ts';
import { type Keys, LABEL, type Prf } from '../model/keys.ts';
import { DAY_MS } from '../model/time.ts';
import { prfOf, writeInt32 } from './prf.ts';
import { readWord, TOKEN_WORDS } from './tokens.ts';

/** Hours of one event day in which the location of a subject can leave. */
export const DRAWN_HOURS = 4;
const DAY_HOURS = 24;

/**
 * The location lottery under the counting key of one epoch: of the 24 hours of an event day it draws the DRAWN_HOURS whose
 * PRF(lottery, subject, day, hour) is lexicographically smallest. A pure function of its arguments.
 *
 * Its cache is direct-mapped and bounded: tokens only, emptied with the epoch; a collision costs 24 PRF calls, never an answer.
 */
export interface Lottery {
  /** Whether `eventHour` (hours since 1970; -1 unknown, never drawn) is drawn for the subject whose token is at `bytes[at]`. */
  drawn(bytes: Uint8Array, at: number, eventHour: number): boolean;
}

export const createLottery = (counting: Prf, cacheSlots = 1 << 14): Lottery => {
  const words = new Int32Array(cacheSlots * TOKEN_WORDS);
  const days = new Int32Array(cacheSlots).fill(-1);
  const hours = new Int32Array(cacheSlots);
  return {
    drawn(bytes, at, eventHour) {
      if (eventHour < 0) return false;
      const day = Math.floor(eventHour / DAY_HOURS);
      const slot = ((readWord(bytes, at) ^ Math.imul(day, 0x9e3779b1)) >>> 0) % cacheSlots;
      if (days[slot] !== day || !sameToken(words, slot, bytes, at)) {
        hours[slot] = draw(counting, bytes.subarray(at, at + TOKEN_BYTES), day);
        days[slot] = day;
        for (let i = 0; i < TOKEN_WORDS; i++) words[slot * TOKEN_WORDS + i] = readWord(bytes, at + 4 * i);
      }
      return ((hours[slot]! >>> (eventHour % DAY_HOURS)) & 1) === 1;
    },
  };
};

const sameToken = (words: Int32Array, slot: number, bytes: Uint8Array, at: number): boolean => {
  for (let i = 0; i < TOKEN_WORDS; i++) if (words[slot * TOKEN_WORDS + i] !== readWord(bytes, at + 4 * i)) return false;
  return true;
};

/** One bit per drawn hour of the day. */
const draw = (counting: Prf, subject: Uint8Array, day: number): number => {
  const prefix = new Uint8Array(1 + TOKEN_BYTES + 4);
  prefix[0] = LABEL.lottery;
  prefix.set(subject, 1);
  writeInt32(prefix, 1 + TOKEN_BYTES, day);
  const tickets = prfOf(counting, prefix, prefix.length + 1, DAY_HOURS, (hour, message, at) => {
    message[at + prefix.length] = hour;
  });
  let bits = 0;
  for (let hour = 0; hour < DAY_HOURS; hour++) {
    let smaller = 0;
    for (let other = 0; other < DAY_HOURS; other++) if (compareTickets(tickets, other, hour) < 0) smaller++;
    if (smaller < DRAWN_HOURS) bits |= 1 << hour;
  }
  return bits;
};

/** Equal tickets (which a PRF does not give) rank by hour, so that exactly DRAWN_HOURS are drawn whatever happens. */
const compareTickets = (tickets: Uint8Array, left: number, right: number): number => {
  for (let i = 0; i < TOKEN_BYTES; i++) {
    const difference = tickets[left * TOKEN_BYTES + i]! - tickets[right * TOKEN_BYTES + i]!;
    if (difference !== 0) return difference;
  }
  return left - right;
};

/** Whether a subject's location of an event hour may leave. */
export type Draw = (subjects: Uint8Array, at: number, eventHour: number) => boolean;

export interface Lotteries {
  /** The draw of the epoch that a window lies in. */
  of(windowStartMs: number): Draw;
  /** Forgets the epochs that no open window lies in. */
  retain(openStartsMs: readonly number[]): void;
}

/**
 * One lottery an epoch. An event of an earlier epoch's day is never drawn: subjects have another token there, and two draws
 * for one day would give eight hours instead of four. Neither is the rest of a day in which keys were rotated.
 */
export const createLotteries = (keys: Keys, { of: epochOf }: Epochs): Lotteries => {
  const byEpoch = new Map<number, Lottery>();
  return {
    of(windowStartMs) {
      const epoch = epochOf(windowStartMs);
      const lottery = byEpoch.get(epoch) ?? createLottery(keys.epoch(epoch).counting);
      byEpoch.set(epoch, lottery);
      return (subjects, at, eventHour) => epochOf(Math.floor(eventHour / 24) * DAY_MS) === epoch && lottery.drawn(subjects, at, eventHour);
    },
    retain(openStartsMs) {
      const open = new Set(openStartsMs.map((startMs) => epochOf(startMs)));
      for (const epoch of byEpoch.keys()) if (!open.has(epoch)) byEpoch.delete(epoch);
    },
  };
};
