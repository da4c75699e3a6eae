import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlRecord } from '../../../src/control/shape.ts';
import type { Transaction } from '../../../src/model/log.ts';
import { type ControlSource, foldedControls } from '../../../src/runtime/control/source.ts';
import { namedGuarding } from '../../../src/runtime/dataset/guarding.ts';
import { datasetRecord, registerDataset } from '../../../src/runtime/dataset/register.ts';
import { createShelf, type Shelf } from '../../../src/runtime/dataset/shelf.ts';
import type { StoredIndex } from '../../../src/runtime/dataset/store.ts';
import { controlLog, controlledPlan, OFFICER, SECOND } from '../../control/world.ts';
import { fleetLines } from '../../properties/world.ts';
import { cardsOfFleet } from './fleet.ts';
import { CARDS, type Card, csvOf, folder, put } from './world.ts';

/** A fleet under a policy whose signers name the indexes, and the indexes of two halves of its homes. */
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const START_MS = Date.UTC(2026, 10, 23);
export const HOURS = 4;

/** The smart-home policy with signers and the warranty cards. */
export const PLAN = controlledPlan(['\nevents:\n', `${CARDS}\nevents:\n`]);

export const LINES = fleetLines({
  devices: 2000,
  count: 8000,
  spanMs: HOURS * HOUR_MS,
  startMs: START_MS,
  seed: 3,
  malformedShare: 0,
});

/** Devices of the homes whose number ends so, as the owner of the cards knows them. */
export const cardsOf = (...ends: readonly string[]): Card[] =>
  cardsOfFleet(LINES, (household) => ends.some((end) => household.endsWith(end))).filter(
    ({ model, os, version, lat }) => model !== null && os !== null && version !== null && lat !== null,
  );

export interface NamedWorld {
  readonly dir: string;
  readonly keys: string;
  readonly index: string;
  readonly shelf: Shelf;
  register(cards: readonly Card[], asOfMs?: number): Promise<StoredIndex>;
}

export const namedWorld = (t: { teardown(work: () => void): void }): NamedWorld => {
  const dir = folder();
  t.teardown(() => rmSync(dir, { recursive: true }));
  const folders = { keys: join(dir, 'keys'), index: join(dir, 'indexes') };
  return {
    dir,
    ...folders,
    shelf: createShelf(folders),
    async register(cards, asOfMs = START_MS - DAY_MS) {
      const input = put(dir, 'cards.csv', csvOf(cards));
      const { stored } = await registerDataset({ plan: PLAN, dataset: PLAN.datasets[0], input, ...folders, asOfMs, isDry: false });
      if (stored === null) throw new Error('nothing was stored');
      return stored;
    },
  };
};

/** The control log that names indexes at times. */
export const naming = (...said: readonly Named[]) => {
  const log = controlLog(PLAN);
  for (const [index, atMs, change] of said) log.say({ ...datasetRecord(index), ...change } as ControlRecord, atMs);
  return log.lines;
};

type Named = readonly [index: StoredIndex, atMs: number, change?: Partial<ControlRecord>];

/** The same, and then what two signers give up. */
export const losing = (said: readonly Named[], ...lost: readonly (readonly [index: StoredIndex, atMs: number])[]) => {
  const log = controlLog(PLAN);
  for (const [index, atMs, change] of said) log.say({ ...datasetRecord(index), ...change } as ControlRecord, atMs);
  for (const [{ header, digest }, atMs] of lost) log.say({ kind: 'loss', dataset: header.name, digest }, atMs, OFFICER, SECOND);
  return log.lines;
};

/** A control log that grows: what is known of it, a clock says. */
export const growingControls = (shelf: Shelf, lines: ReturnType<typeof naming>, nowMs: () => number): ControlSource => {
  let taken = 0;
  const read = async () => {
    const fresh = lines.slice(taken);
    taken = lines.length;
    return { lines: fresh, untilMs: nowMs() };
  };
  return foldedControls(PLAN, read, namedGuarding(PLAN, shelf));
};

export const namedControls = (shelf: Shelf, lines: ReturnType<typeof naming>): ControlSource => {
  let isRead = false;
  const read = async () => {
    const fresh = isRead ? [] : lines;
    isRead = true;
    return { lines: fresh, untilMs: Number.POSITIVE_INFINITY };
  };
  return foldedControls(PLAN, read, namedGuarding(PLAN, shelf));
};

/** Released records by view and end of window, sorted. */
export const windowsOf = (transactions: readonly Transaction[]): ReadonlyMap<string, readonly string[]> => {
  const windows = new Map<string, string[]>();
  for (const { outputs } of transactions)
    for (const { view, windowEndMs, json } of outputs) {
      const name = `${view} ${windowEndMs}`;
      windows.set(name, [...(windows.get(name) ?? []), ...json].sort());
    }
  return windows;
};
