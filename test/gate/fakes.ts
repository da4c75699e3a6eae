import { createHmac } from 'node:crypto';
import { brandCandidates, type Candidates } from '../../src/model/candidate.ts';
import type { Keys, Prf } from '../../src/model/keys.ts';
import type { Plan, ViewPlan } from '../../src/model/plan.ts';

/** Deterministic keys: HMAC-SHA-256 under (seed, epoch, purpose). */
export const fakeKeys = (seed = 'seed'): Keys => ({
  control: () => fakePrf(`${seed}/control`),
  period: (id) => fakePrf(`${seed}/period/${id}`),
  epoch: (epoch) => ({
    epoch,
    counting: fakePrf(`${seed}/${epoch}/counting`),
    view: (name) => fakePrf(`${seed}/${epoch}/view/${name}`),
  }),
});

export const fakePrf = (key: string): Prf => {
  const one = (message: Uint8Array): Uint8Array => createHmac('sha256', key).update(message).digest().subarray(0, 16);
  return {
    one,
    batch(bytes, start, length, count, out) {
      for (let i = 0; i < count; i++) out.set(one(bytes.subarray(start[i]!, start[i]! + length[i]!)), i * 16);
    },
  };
};

/** The token of a name: what a PRF would have made of an identifier. */
export const token = (name: string): Uint8Array => fakePrf('token').one(Buffer.from(name));

export const HOUR = 3_600_000;

/** A view of one hour windows, k 3, two attributes and three levels; the last one has `*` in the second attribute. */
export const viewOf = (fields: Partial<ViewPlan> = {}): ViewPlan => ({
  name: 'view',
  index: 0,
  event: 0,
  purpose: 'test',
  consumers: ['test'],
  subject: 'household',
  windowMs: HOUR,
  k: 3,
  attributes: [0, 1],
  path: [
    [0, 0],
    [1, 1],
    [2, 3],
  ],
  sensitive: null,
  pseudonym: 'none',
  contribution: 1,
  gateways: null,
  location: false,
  retentionMs: 24 * HOUR,
  ...fields,
});

/** A plan of these views over one event with four attributes whose ladders have three levels. */
export const planOf = (...views: ViewPlan[]): Plan => ({
  name: 'test',
  digest: '',
  prf: 'hmac-sha-256',
  epochMs: 24 * HOUR,
  signers: [],
  datasets: [],
  limits: { recordBytes: 1, depth: 1, items: 1, stringBytes: 1 },
  events: [
    {
      name: 'event',
      index: 0,
      schemas: [],
      topics: [],
      topicPatterns: [],
      derived: new Map(),
      lists: [],
      isCloudEvent: false,
      embedded: [],
      when: null,
      appendTime: null,
      eventTime: null,
      fields: [],
      slots: { id: 0, device: 0, household: 0, gateway: 0, account: -1 },
      household: 'trusted',
      attributes: ['a', 'b', 'c', 'd'].map((name) => ({
        name,
        ladder: { name, technique: 'table', levels: ['fine', 'middle', 'coarse'], inputs: [], apply: () => undefined, text: String },
        inputs: [],
      })),
      views: views.map((_, i) => i),
    },
  ],
  views: views.map((view, index) => ({ ...view, index })),
});

/** One candidate by names; codes of the finest level, halved at each coarser one unless `ladder` says otherwise. */
export interface Row {
  readonly subject: string | number;
  readonly event?: string | number;
  readonly gateway?: string | number;
  /** Control tokens of device, account and household by name; only of a plan with a control log. */
  readonly actor?: readonly [device: string | null, account: string | null, household: string | null];
  readonly codes?: readonly number[];
  readonly start?: number;
  readonly sensitive?: number;
  readonly source?: number;
  readonly offset: number;
  readonly appendMs?: number;
  readonly eventHour?: number;
}

/** Codes at every path level; attributes that are `*` (ladder level 3) have code 0. */
export const climb = (view: ViewPlan, fine: readonly number[]): number[][] =>
  view.path.map((levels) => levels.map((level, i) => (level >= 3 ? 0 : Math.floor((fine[i] ?? 0) / 2 ** level))));

const actorBytes = ({ actor = [null, null, null] }: Row): Uint8Array =>
  Buffer.concat(actor.map((name) => (name === null ? Buffer.alloc(16) : token(name))));

/** Event names default to the coordinates; event names are apart per subject, as device ids are in event tokens. */
export const candidatesOf = (view: ViewPlan, rows: readonly Row[]): Candidates => {
  const tokens = (names: readonly string[]): Uint8Array => new Uint8Array(Buffer.concat(names.map(token)));
  const gateway = (row: Row): Uint8Array => (row.gateway === undefined ? new Uint8Array(16) : token(`gateway ${row.gateway}`));
  return brandCandidates({
    view: view.index,
    count: rows.length,
    source: Int32Array.from(rows, (row) => row.source ?? 0),
    offset: Float64Array.from(rows, (row) => row.offset),
    appendMs: Float64Array.from(rows, (row) => row.appendMs ?? 0),
    eventHour: Int32Array.from(rows, (row) => row.eventHour ?? 0),
    subject: tokens(rows.map((row) => `subject ${row.subject}`)),
    event: tokens(rows.map((row) => `event ${row.subject} ${row.event ?? `${row.source ?? 0}:${row.offset}`}`)),
    gateway: view.gateways === null ? new Uint8Array(0) : new Uint8Array(Buffer.concat(rows.map(gateway))),
    actor: rows.every(({ actor }) => actor === undefined) ? new Uint8Array(0) : new Uint8Array(Buffer.concat(rows.map(actorBytes))),
    start: Uint8Array.from(rows, (row) => row.start ?? 0),
    codes: Int32Array.from(rows.flatMap((row) => climb(view, row.codes ?? []).flat())),
    sensitive: view.sensitive === null ? new Int32Array(0) : Int32Array.from(rows, (row) => row.sensitive ?? -1),
  });
};
