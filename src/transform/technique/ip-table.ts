import type ipaddr from 'ipaddr.js';

/** Finds the country of an address: a position in `countries`, or -1. */
export interface IpTable {
  find(address: ipaddr.IPv4 | ipaddr.IPv6): number;
}

/** Sorted ranges without overlaps: parallel arrays. */
interface Ranges<A extends Uint32Array | BigUint64Array> {
  readonly first: A;
  readonly last: A;
  readonly country: Int16Array;
}

/** Why the table cannot be used; holds no address. */
export class IpTableError extends Error {
  override readonly name = 'IpTableError';
}

/**
 * Compiles the offline table of `@ip-location-db/geo-whois-asn-country` (CC0; from the registries' whois data): lines
 * `first,last,country`, sorted. IPv6 ranges are cut to their upper 64 bits, the part that is routed; where two
 * countries share one such prefix it has none. Throws `IpTableError`.
 */
export const compileIpTable = (texts: { readonly v4: string; readonly v6: string }, countries: readonly string[]): IpTable => {
  const codes = new Map(countries.map((code, i) => [code, i]));
  const v4 = compileV4(linesOf(texts.v4), codes);
  const v6 = compileV6(linesOf(texts.v6), codes);
  return {
    find: (address) =>
      address.kind() === 'ipv4' ? findIn(v4, numberOfV4(address.toByteArray())) : findIn(v6, prefixOf((address as ipaddr.IPv6).parts)),
  };
};

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line !== '');

const cellsOf = (line: string): readonly [string, string, string] => {
  const cells = line.trim().split(',');
  if (cells.length < 3) throw new IpTableError('a line has fewer than three cells');
  return [cells[0], cells[1], cells[2]];
};

const numberOfV4 = (bytes: readonly number[]): number => ((bytes[0] << 24) | (bytes[1] << 16) | (bytes[2] << 8) | bytes[3]) >>> 0;

const parseV4 = (text: string): number => {
  const bytes = text.split('.').map(Number);
  if (bytes.length !== 4 || !bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255))
    throw new IpTableError('a line has no IPv4 range');
  return numberOfV4(bytes);
};

const compileV4 = (lines: readonly string[], codes: ReadonlyMap<string, number>): Ranges<Uint32Array> => {
  const ranges = { first: new Uint32Array(lines.length), last: new Uint32Array(lines.length), country: new Int16Array(lines.length) };
  lines.forEach((line, i) => {
    const [first, last, country] = cellsOf(line);
    ranges.first[i] = parseV4(first);
    ranges.last[i] = parseV4(last);
    ranges.country[i] = codes.get(country) ?? -1;
    if (ranges.last[i] < ranges.first[i] || (i > 0 && ranges.first[i] <= ranges.last[i - 1]))
      throw new IpTableError('IPv4 ranges are not sorted');
  });
  return ranges;
};

const prefixOf = (parts: readonly number[]): bigint =>
  (BigInt(parts[0] * 0x10000 + parts[1]) << 32n) | BigInt(parts[2] * 0x10000 + parts[3]);

/** Upper 64 bits of an IPv6 address as the table writes it: groups of hex digits, at most one `::`. */
const parsePrefix = (text: string): bigint => {
  const [head, tail] = text.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - after.length;
  const parts = [...groups, ...new Array<string>(Math.max(0, missing)).fill('0'), ...after].map((group) => Number.parseInt(group, 16));
  if (parts.length !== 8 || !parts.every((part) => part >= 0 && part <= 0xffff)) throw new IpTableError('a line has no IPv6 range');
  return prefixOf(parts);
};

const compileV6 = (lines: readonly string[], codes: ReadonlyMap<string, number>): Ranges<BigUint64Array> => {
  const ranges = { first: new BigUint64Array(lines.length), last: new BigUint64Array(lines.length), country: new Int16Array(lines.length) };
  let used = 0;
  for (const line of lines) {
    const [firstText, lastText, countryText] = cellsOf(line);
    let first = parsePrefix(firstText);
    const last = parsePrefix(lastText);
    const country = codes.get(countryText) ?? -1;
    if (last < first || (used > 0 && first < ranges.last[used - 1])) throw new IpTableError('IPv6 ranges are not sorted');
    if (used > 0 && first === ranges.last[used - 1]) {
      // Both ranges hold a part of this prefix.
      if (ranges.country[used - 1] !== country) used = markShared(ranges, used, first);
      if (last === first) continue;
      first += 1n;
    }
    ranges.first[used] = first;
    ranges.last[used] = last;
    ranges.country[used++] = country;
  }
  return { first: ranges.first.subarray(0, used), last: ranges.last.subarray(0, used), country: ranges.country.subarray(0, used) };
};

/** Cuts `prefix` off the last range and gives it a range of its own, without a country. */
const markShared = (ranges: Ranges<BigUint64Array>, used: number, prefix: bigint): number => {
  const before = used - 1;
  if (ranges.first[before] === prefix) {
    ranges.country[before] = -1;
    return used;
  }
  ranges.last[before] = prefix - 1n;
  ranges.first[used] = prefix;
  ranges.last[used] = prefix;
  ranges.country[used] = -1;
  return used + 1;
};

/** Country of the range that holds `value`; -1 when none does. */
const findIn = <N extends number | bigint>(
  ranges: { readonly first: ArrayLike<N>; readonly last: ArrayLike<N>; readonly country: Int16Array },
  value: N,
): number => {
  let low = 0;
  let high = ranges.country.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ranges.first[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low > 0 && value <= ranges.last[low - 1] ? ranges.country[low - 1] : -1;
};
