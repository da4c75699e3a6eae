import type { ModelRow, OperationRow } from '../../src/simulate/catalog.ts';
import { simulateFleet } from '../../src/simulate/fleet.ts';
import type { SimulateOptions } from '../../src/simulate/options.ts';

const CATEGORIES = ['phone', 'phone', 'light', 'plug', 'tv', 'speaker', 'camera', 'sensor', 'lock', 'watch', 'thermostat', 'hub'];
const BRANDS = ['Apple', 'Samsung', 'IKEA', 'Acme', 'Zed', 'Umbrella', 'Initech', 'Globex'];

/** 1200 models of a dozen categories, a tenth of them by brands that the market favours. */
export const MODELS: readonly ModelRow[] = Array.from({ length: 1200 }, (_, i) => {
  const category = CATEGORIES[i % CATEGORIES.length];
  const brand = BRANDS[Math.floor(i / CATEGORIES.length) % BRANDS.length];
  return { model: `${category} ${i}`, series: `${category} series ${i >> 3}`, brand, category };
});

export const OPERATIONS: readonly OperationRow[] = [
  ['light-on', 'lighting', 'home'],
  ['set-brightness', 'lighting', 'home'],
  ['unlock', 'locks', 'access'],
  ['lock', 'locks', 'access'],
  ['play', 'speaker', 'audio'],
  ['set-target', 'thermostat', 'climate'],
  ['update', 'maintenance', 'system'],
  ['restart', 'maintenance', 'system'],
].map(([operation, group, area]) => ({ operation, group, area }));

/** A small fleet that behaves as the large ones do. */
export const small = (over: Partial<SimulateOptions> = {}): SimulateOptions => ({
  models: MODELS,
  operations: OPERATIONS,
  devices: 3000,
  count: 2000,
  seed: 7,
  ...over,
});

export const bytesOf = (options: SimulateOptions): Buffer => Buffer.concat([...simulateFleet(options)]);

type Anything = ReturnType<typeof JSON.parse>;

export interface Line {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestamp: number;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The event; tests look into values of every shape. */
  readonly value: Anything;
}

/** Lines that are JSON. */
export function linesOf(options: SimulateOptions): readonly Line[] {
  const lines: Line[] = [];
  for (const text of bytesOf(options).toString().split('\n')) {
    if (text === '') continue;
    try {
      lines.push(JSON.parse(text));
    } catch {
      // Malformed on purpose.
    }
  }
  return lines;
}

export const SOUND = { malformedShare: 0 } as const;
