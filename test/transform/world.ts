import { readFileSync } from 'node:fs';
import { assetPath } from '../../src/cli/assets.ts';
import { createDecoder } from '../../src/decode/decoder.ts';
import type { Candidates } from '../../src/model/candidate.ts';
import { FAULTS, type FaultName } from '../../src/model/fault.ts';
import type { Keys } from '../../src/model/keys.ts';
import type { Plan, ViewPlan } from '../../src/model/plan.ts';
import { HOUR_MS } from '../../src/model/time.ts';
import { reasonOf, type Verdicts } from '../../src/model/verdict.ts';
import { compilePlan } from '../../src/plan.ts';
import { memoryKeys } from '../../src/runtime/keys/memory.ts';
import { policyFiles } from '../../src/runtime/policy-files.ts';
import { createTransform } from '../../src/transform/transform.ts';
import { framed } from '../properties/world.ts';

export const FILE = assetPath('policies/smart-home.yaml');
export const TEXT = readFileSync(FILE, 'utf8');

export type Edit = readonly [from: string, to: string];

/** The demo's policy with edits, each of which must fit. */
export const textWith = (...edits: readonly Edit[]): string => {
  let text = TEXT;
  for (const [from, to] of edits) {
    if (!text.includes(from)) throw new Error(`an edit does not fit: ${from}`);
    text = text.replace(from, () => to);
  }
  return text;
};

export const planWith = (...edits: readonly Edit[]): Plan => {
  const { plan, issues } = compilePlan(textWith(...edits), FILE, policyFiles(FILE));
  if (plan === null) throw new Error(issues.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return plan;
};

/** 2026-01-05T12:00Z. */
export const NOON = 1_767_614_400_000;

export interface Given {
  readonly event?: 'device' | 'operation' | 'location';
  readonly appendMs?: number;
  readonly partition?: number;
  readonly value?: Readonly<Record<string, unknown>>;
}

const DEFAULTS = {
  device: { osName: 'linux', osVersion: '5.10' },
  operation: { operation: 'turn-on-light', result: 'success' },
  location: { gps: { lat: 52.52, lon: 13.4, accuracy: 5 } },
} as const;

const lineOf = ({ event = 'device', appendMs = NOON, partition = 0, value = {} }: Given, offset: number): Buffer => {
  const common = { eventId: `e${offset}`, deviceId: 'dev-1', householdId: 'home-1', gatewayId: 'gw-1', eventTime: appendMs - HOUR_MS };
  const whole = { ...common, model: 'SIN-4-RS-20_LEX', ...DEFAULTS[event], ...value };
  return Buffer.from(JSON.stringify({ topic: `t.${event}`, partition, offset, timestamp: appendMs, value: whole }));
};

export const hex = (bytes: Uint8Array, row: number): string => Buffer.from(bytes.subarray(row * 16, row * 16 + 16)).toString('hex');

/** What became of one record in one view. */
export interface Became {
  readonly offset: number;
  readonly reason: string | null;
  readonly start: number;
  /** Codes of each path level. */
  readonly codes: readonly (readonly number[])[];
  readonly subject: string;
  readonly event: string;
  readonly gateway: string;
  readonly sensitive: number | null;
  readonly eventHour: number;
  readonly appendMs: number;
  readonly windowStartMs: number | null;
}

const candidatesIn = (view: ViewPlan, candidates: Candidates): Became[] =>
  Array.from({ length: candidates.count }, (_, row) => {
    const width = view.attributes.length;
    const from = row * width * view.path.length;
    return {
      offset: candidates.offset[row],
      reason: null,
      start: candidates.start[row],
      codes: view.path.map((_, level) => [...candidates.codes.subarray(from + level * width, from + (level + 1) * width)]),
      subject: hex(candidates.subject, row),
      event: hex(candidates.event, row),
      gateway: hex(candidates.gateway, row),
      sensitive: candidates.sensitive.length === 0 ? null : candidates.sensitive[row],
      eventHour: candidates.eventHour[row],
      appendMs: candidates.appendMs[row],
      windowStartMs: null,
    };
  });

const settledIn = (verdicts: Verdicts): Became[] =>
  Array.from({ length: verdicts.count }, (_, row) => ({
    offset: verdicts.offset[row],
    reason: reasonOf(verdicts.verdict[row]) ?? 'none',
    start: -1,
    codes: [],
    subject: '',
    event: '',
    gateway: '',
    sensitive: null,
    eventHour: -1,
    appendMs: Number.NaN,
    windowStartMs: verdicts.windowStartMs,
  }));

export interface Transformed {
  /** By view; in offset order. */
  readonly of: (view: string) => readonly Became[];
  readonly faults: readonly FaultName[];
}

const faultNames = new Map(Object.entries(FAULTS).map(([name, { code }]) => [code as number, name as FaultName]));

/** Sends records through decode and transform. Offsets count over all of them. */
export const transformed = (plan: Plan, given: readonly Given[], keys: Keys = memoryKeys()): Transformed => {
  const decoder = createDecoder(plan);
  const transform = createTransform(plan, keys);
  const became = new Map<string, Became[]>(plan.views.map(({ name }) => [name, []]));
  const faults: FaultName[] = [];
  for (const batches of framed(plan, given.map(lineOf), [given.length])) {
    for (const batch of batches) {
      const decoded = decoder.decode(batch, Number.NEGATIVE_INFINITY);
      for (const code of decoded.faults.code.subarray(0, decoded.faults.count)) faults.push(faultNames.get(code) as FaultName);
      for (const columns of decoded.columns) {
        const { candidates, settled } = transform.transform(columns, batch);
        for (const part of candidates) became.get(plan.views[part.view].name)?.push(...candidatesIn(plan.views[part.view], part));
        for (const part of settled) became.get(plan.views[part.view].name)?.push(...settledIn(part));
      }
    }
  }
  return { of: (view) => [...(became.get(view) ?? [])].sort((a, b) => a.offset - b.offset), faults };
};
