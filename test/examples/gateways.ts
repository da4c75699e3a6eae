import { join } from 'node:path';
import { SAMPLES } from '../../tools/gateway-samples.ts';
import { TOP } from '../../tools/generated.ts';

export type Gateway = keyof typeof SAMPLES;

/** What must become of a sample, and an identifier that stands in it outside of every value (or deep in one). */
export interface Expected {
  readonly quarantined: number;
  readonly noView?: number;
  readonly released: number[];
  readonly blocked: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly secret: RegExp;
}

export const EXPECTED: Readonly<Record<Gateway, Expected>> = {
  hono: {
    quarantined: 3,
    released: [48, 0],
    blocked: { k: 12 },
    faults: { 'identity-missing': 2, 'not-constant': 1 },
    secret: /"key":"(dev-[0-9a-f]+)"/,
  },
  zigbee2mqtt: {
    quarantined: 2,
    released: [24, 0],
    blocked: { folded: 30, k: 6 },
    faults: { 'pattern-mismatch': 1, 'identity-missing': 1 },
    secret: /"topic":"homes\.(home-[0-9a-f]+)\./,
  },
  emqx: {
    quarantined: 3,
    released: [24, 0],
    blocked: { duplicate: 1, folded: 29, k: 6 },
    faults: { 'bad-json': 1, 'pattern-mismatch': 1, 'unknown-field': 1 },
    secret: /mac\\":\\"([0-9a-f:]+)/,
  },
  sparkplug: {
    quarantined: 3,
    noView: 60,
    released: [24, 0],
    blocked: { folded: 30, k: 6 },
    faults: { 'name-doubled': 1, 'unknown-event': 2 },
    secret: /"key":"spBv1\.0\/home-[0-9a-f]+\/DDATA\/(gw-[0-9a-f]+)/,
  },
  tuya: {
    quarantined: 2,
    released: [48, 0],
    blocked: { k: 12 },
    faults: { 'unknown-field': 1, 'name-doubled': 1 },
    secret: /"devId":"(dev-[0-9a-f]+)"/,
  },
  cloudevents: {
    quarantined: 3,
    released: [24, 0],
    blocked: { duplicate: 1, folded: 29, k: 6 },
    faults: { 'unknown-event': 2, 'cloudevent-mismatch': 1 },
    secret: /"ce_source":"\/homes\/(home-[0-9a-f]+)\//,
  },
};

export const GATEWAYS = Object.keys(SAMPLES) as Gateway[];

export const folder = (gateway: string): string => join(TOP, 'examples/gateways', gateway);
