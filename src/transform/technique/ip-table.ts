import type ipaddr from 'ipaddr.js';
import { flatten, type Order, type Ranges } from './ranges.ts';

/** Finds the country of an address: a position in the list that the table was compiled with, or -1. */
export interface IpTable {
  find(address: ipaddr.IPv4 | ipaddr.IPv6): number;
  /** The same for the 32 bits of an IPv4 address. */
  findV4(address: number): number;
}

/** Why the table cannot be used; holds no address. */
export class IpTableError extends Error {
  override readonly name = 'IpTableError';
}

const V4: Order<number> = { before: (address) => address - 1, after: (address) => address + 1 };
const V6: Order<bigint> = { before: (address) => address - 1n, after: (address) => address + 1n };

/**
 * Compiles the offline table of `@ip-location-db/geo-whois-asn-country` (CC0; from the registries' whois data): lines
 * `first,last,country`. Where ranges lie in each other the narrower one counts; of a country that is not in `countries`
 * nothing is known. Throws `IpTableError`.
 */
export const compileIpTable = (texts: { readonly v4: string; readonly v6: string }, countries: readonly string[]): IpTable => {
  const codes = new Map(countries.map((code, i) => [code, i]));
  const v4 = flatten(readRanges(texts.v4, codes, parseV4), V4);
  const v6 = flatten(readRanges(texts.v6, codes, parseV6), V6);
  return {
    findV4: (address) => findIn(v4, address),
    find: (address) => {
      const bytes = address.toByteArray();
      return bytes.length === 4 ? findIn(v4, numberOfV4(bytes)) : findIn(v6, numberOfParts((address as ipaddr.IPv6).parts));
    },
  };
};

const readRanges = <N extends number | bigint>(text: string, codes: ReadonlyMap<string, number>, parse: (text: string) => N): Ranges<N> => {
  const first: N[] = [];
  const last: N[] = [];
  const country: number[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const cells = line.trim().split(',');
    if (cells.length < 3) throw new IpTableError('a line has fewer than three cells');
    first.push(parse(cells[0]));
    last.push(parse(cells[1]));
    country.push(codes.get(cells[2]) ?? -1);
    if (last[last.length - 1] < first[first.length - 1]) throw new IpTableError('a range ends before it begins');
  }
  return { first, last, country };
};

const numberOfV4 = (bytes: readonly number[]): number => ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;

const parseV4 = (text: string): number => {
  const bytes = text.split('.').map(Number);
  if (bytes.length !== 4 || !bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255)) {
    throw new IpTableError('a line has no IPv4 range');
  }
  return numberOfV4(bytes);
};

/** 128 bits of eight groups. */
const numberOfParts = (parts: readonly number[]): bigint => {
  const half = (at: number): bigint =>
    (BigInt(parts[at] * 0x10000 + parts[at + 1]) << 32n) | BigInt(parts[at + 2] * 0x10000 + parts[at + 3]);
  return (half(0) << 64n) | half(4);
};

/** An IPv6 address as the table writes it: groups of hex digits, at most one `::`. */
const parseV6 = (text: string): bigint => {
  const gap = text.indexOf('::');
  const groups = gap < 0 ? groupsOf(text) : groupsOf(text.slice(0, gap));
  if (gap >= 0) {
    const after = groupsOf(text.slice(gap + 2));
    while (groups.length + after.length < 8) groups.push(0);
    groups.push(...after);
  }
  if (groups.length !== 8 || !groups.every((group) => group >= 0 && group <= 0xffff)) throw new IpTableError('a line has no IPv6 range');
  return numberOfParts(groups);
};

const groupsOf = (text: string): number[] => (text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16)));

/** Country of the range that holds `address`; -1 when none does. The ranges do not overlap. */
const findIn = <N extends number | bigint>({ first, last, country }: Ranges<N>, address: N): number => {
  let low = 0;
  let high = first.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (first[middle] <= address) low = middle + 1;
    else high = middle;
  }
  return low > 0 && address <= last[low - 1] ? country[low - 1] : -1;
};
