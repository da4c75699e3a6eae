import type { Limits } from '../model/plan.ts';
import { DAY_MS, HOUR_MS } from '../model/time.ts';

/** What a policy may leave out. The compiler fills it in, and whoever compares two policies has to know it. */
export const DEFAULT_PRF = 'aes-256-cmac';
export const DEFAULT_EPOCH_MS = 7 * DAY_MS;
export const DEFAULT_LIMITS: Limits = { recordBytes: 1 << 20, depth: 32, items: 10_000, stringBytes: 64 << 10 };
/** Of a view; of one with a place the second. Beneath them a view loads, and says so. */
export const DEFAULT_K = 20;
export const DEFAULT_PLACE_K = 50;
export const DEFAULT_TOP_SHARE = 0.5;
export const DEFAULT_CONTRIBUTION = 1;
export const DEFAULT_MIN_GATEWAYS = 4;
/** Of a view's topic. */
export const DEFAULT_RETENTION_MS = 30 * DAY_MS;
/** Of what unjoin keeps for itself. Quarantine satisfies erasure by its expiry. */
export const DEFAULT_OWN_RETENTION_MS = { quarantine: 72 * HOUR_MS, lineage: 30 * DAY_MS, audit: 365 * DAY_MS } as const;
