import type { DatasetIndex, DirectIndex } from '../../../src/model/controls.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { STAGES } from '../../../src/pipeline.ts';
import { compilePlan } from '../../../src/plan.ts';
import { fixedControls } from '../../../src/runtime/control/source.ts';
import { memoryRecipients } from '../../../src/runtime/keys/memory.ts';
import { policyFiles } from '../../../src/runtime/policy-files.ts';
import type { TrueDataset, VerifyInputs } from '../../../src/verify/inputs.ts';
import { blocksOf, GUARDED_TEXT, guardedBy, type Rows } from '../../attacks/registered.ts';
import { FILE } from '../../attacks/world.ts';
import { fleetLines, framed, runInMemory } from '../../properties/world.ts';
import { amongPercent, cardsOfFleet } from '../../runtime/dataset/fleet.ts';
import type { Card } from '../../runtime/dataset/world.ts';
import { outputsOf } from '../memory-run.ts';

/** Cards have what their owner calls the device; positions join besides being climbed. */
const TEXT = GUARDED_TEXT.replace(
  '      model: { attribute: model }\n',
  '      model: { attribute: model }\n      label: { role: direct, kind: device-name }\n',
);
const PLAN = compilePlan(TEXT, FILE, policyFiles(FILE)).plan as Plan;

/** A fleet, and what the owners of two datasets know of its households. */
export interface World {
  readonly seed: number;
  readonly lines: readonly Buffer[];
  readonly rows: Rows;
}

/** Which households are registered, and with which devices. */
export interface Share {
  readonly percent: number;
  readonly hasAllModels: boolean;
}

const LABELS = ['My phone', 'FRONT-DOOR', 'x'];

/** Fewer than one row in fifty may say what nobody lists, and some devices do by themselves. */
const UNLISTED_SHARE = 0.006;

/** Of some devices nobody wrote down the version, and some models stand there as nobody lists them. */
const withUnlisted = (cards: readonly Card[]): Card[] => {
  const few = Math.floor(cards.length * UNLISTED_SHARE);
  const at = new Map(Array.from({ length: few }, (_, i) => [Math.floor((i * cards.length) / few), i]));
  return cards.map((card, i) => {
    const number = at.get(i);
    if (number === undefined) return card;
    return number % 2 === 0 ? { ...card, version: null } : { ...card, model: `${card['model']}, blue` };
  });
};

/** Models of one half. */
const isOfHalf = ({ model }: Card): boolean => [...String(model)].reduce((sum, char) => sum + char.charCodeAt(0), 0) % 2 === 0;

const rowsOf = (lines: readonly Buffer[], { percent, hasAllModels }: Share): Rows => {
  const all = cardsOfFleet(lines, amongPercent(percent)).map((card, i): Card => ({ ...card, label: LABELS[i] ?? `label ${card['serial']}` })); // biome-ignore format: a line
  const cards = all.filter((card) => card['model'] !== null && (hasAllModels || isOfHalf(card)));
  return { cards: withUnlisted(cards), addresses: all.filter(({ lat }) => lat !== null) };
};

const worlds = new Map<string, World>();

export const ALL: Share = { percent: 100, hasAllModels: true };

/** A world of a seed in which a share of the households is registered. */
export const worldOf = (seed: number, share: Share = ALL): World => {
  const make = (): World => {
    const lines = fleetLines({ devices: 900, count: 3000, spanMs: 2 * 3_600_000, seed, malformedShare: 0 });
    return { seed, lines, rows: rowsOf(lines, share) };
  };
  const name = `${seed} ${JSON.stringify(share)}`;
  const world = worlds.get(name) ?? make();
  worlds.set(name, world);
  return world;
};

/** A mistake: what the gate is given for the true data, or what is done to what left. */
export interface Change {
  readonly rows?: (rows: Rows) => Rows;
  readonly index?: (index: DatasetIndex) => DatasetIndex;
  readonly direct?: (index: DirectIndex) => DirectIndex;
  /** A released line of `device-health`. */
  readonly line?: (line: string, at: number) => string;
}

/** The true data as the checker is given them. */
export const trueData = (rows: Rows): TrueDataset[] =>
  PLAN.datasets.map(({ name, columns }) => ({ name, rows: blocksOf(columns, rows[name as keyof Rows]) }));

/** Runs a world through the pipeline, and gives what the checker is given of it. */
export const guardedRun = async ({ seed, lines, rows }: World, change: Change = {}): Promise<VerifyInputs> => {
  const { controls } = guardedBy(change.rows?.(rows) ?? rows, change.index, PLAN);
  const direct = controls.direct.map(change.direct ?? ((index) => index));
  const source = fixedControls({ ...controls, version: 0, direct });
  const run = await runInMemory(PLAN, framed(PLAN, lines, [500]), `keys ${seed}`, STAGES, source);
  const outputs = outputsOf(PLAN, run);
  const { lineageKey, operatorKey } = memoryRecipients(`keys ${seed}`);
  return {
    policyText: TEXT,
    policyFile: FILE,
    ...policyFiles(FILE),
    records: lines.map((bytes) => ({ kind: 'line', file: 0, bytes }) as const),
    controls: [],
    outputs: {
      ...outputs,
      async view(name, period) {
        const own = await outputs.view(name, period);
        const isChanged = own?.kind === 'ndjson' && name === 'device-health' && change.line !== undefined;
        return isChanged ? { kind: 'ndjson', lines: (own.lines as readonly string[]).map(change.line) } : own;
      },
    },
    lineageKey,
    operatorKey,
    datasets: trueData(rows),
  };
};

/** Models of the lines that left in `device-health`. */
export const releasedModels = async ({ outputs }: VerifyInputs): Promise<string[]> => {
  const own = await outputs.view('device-health');
  return own?.kind === 'ndjson' ? (own.lines as readonly string[]).map((line) => JSON.parse(line).model as string) : [];
};
