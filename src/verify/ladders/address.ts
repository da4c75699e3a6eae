import ipaddr from 'ipaddr.js';
import { parseIp } from '../../policy/canonical/ip.ts';
import { textOf } from '../times.ts';
import { type Ladder, only } from './index.ts';
import { REGION_OF } from './places.ts';

const MAX_BYTES = 128;
const BUCKET_BITS = { v4: 16, v6: 20 } as const;

interface Range {
  readonly first: bigint;
  readonly last: bigint;
  readonly country: string;
}

const numberOf = (address: ipaddr.IPv4 | ipaddr.IPv6): bigint => address.toByteArray().reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);

/** Ranges by the leading bits of the addresses that they hold, so that looking one up goes through a few only. */
const bucketsOf = (csv: string, shift: bigint): Map<bigint, Range[]> => {
  const buckets = new Map<bigint, Range[]>();
  for (const line of csv.split('\n')) {
    if (line.trim() === '') continue;
    const [first, last, country] = line.trim().split(',');
    const range = { first: numberOf(ipaddr.parse(first)), last: numberOf(ipaddr.parse(last)), country };
    for (let bucket = range.first >> shift; bucket <= range.last >> shift; bucket++) {
      const held = buckets.get(bucket) ?? [];
      held.push(range);
      buckets.set(bucket, held);
    }
  }
  return buckets;
};

/** Of the ranges that hold an address the one that begins last counts, of those the one that ends first. */
const countryIn = (buckets: ReadonlyMap<bigint, readonly Range[]>, shift: bigint, value: bigint): string | null => {
  let best: Range | null = null;
  for (const range of buckets.get(value >> shift) ?? []) {
    if (range.first > value || range.last < value) continue;
    if (best === null || range.first > best.first || (range.first === best.first && range.last <= best.last)) best = range;
  }
  return best === null || !REGION_OF.has(best.country) ? null : best.country;
};

/** Country and sub-region of a public address by the offline table. */
export const addressLadder = (levels: readonly string[], table: { readonly v4: string; readonly v6: string }): Ladder => {
  const shifts = { v4: BigInt(32 - BUCKET_BITS.v4), v6: BigInt(128 - BUCKET_BITS.v6) };
  const buckets = { v4: bucketsOf(table.v4, shifts.v4), v6: bucketsOf(table.v6, shifts.v6) };
  const countryOf = (text: string): string | null => {
    const address = parseIp(text);
    if (address === null || address.range() !== 'unicast') return null;
    const version = address.kind() === 'ipv4' ? 'v4' : 'v6';
    return countryIn(buckets[version], shifts[version], numberOf(address));
  };
  return {
    technique: 'ip',
    levels,
    climb(inputs) {
      const text = textOf(only(inputs));
      const country = text === null || Buffer.byteLength(text) > MAX_BYTES ? null : countryOf(text);
      return levels.map((level) => (country === null ? null : level === 'country' ? country : (REGION_OF.get(country) ?? null)));
    },
  };
};
