import type { Column } from '../../model/columns.ts';
import type { Ladder } from '../../model/ladder.ts';
import { parseIp } from '../../policy/canonical/ip.ts';
import { type Compiled, checkLevels, issueAt, type LadderContext, type Spec } from './context.ts';
import { compileIpTable, type IpTable, IpTableError } from './ip-table.ts';
import { isPublicIpv4, readIpv4 } from './ipv4.ts';
import { COUNTRIES, REGION_OF_COUNTRY, REGIONS } from './regions.ts';
import { readText } from './values.ts';

const LEVELS = ['country', 'region'];

/**
 * The country of an IP address (ISO 3166-1 alpha-2), then its region (UN M49 sub-region), by an offline table. Private
 * and reserved addresses, and what is no address, have no value. The address itself goes nowhere else.
 */
export const compileIp = (spec: Spec<'ip'>, context: LadderContext): Compiled => {
  const wrong = checkLevels(context, spec.ip, LEVELS);
  if (wrong !== null) return wrong;
  try {
    return ipLadder(spec.ip, compileIpTable(context.ipTable(), COUNTRIES));
  } catch (error) {
    return [issueAt(context, 'ladder-bad-ip-table', error instanceof IpTableError ? error.message : 'it cannot be read')];
  }
};

/** Position in `COUNTRIES`, or -1. Only what `ipaddr.js` calls unicast is an address that somebody was given. */
const countryOf = (table: IpTable, text: string): number => {
  const address = parseIp(text);
  return address === null || address.range() !== 'unicast' ? -1 : table.find(address);
};

const countryAt = (table: IpTable, column: Column | undefined, row: number): number => {
  if (column?.kind === 'text') {
    const address = readIpv4(column.bytes, column.start[row], column.length[row]);
    if (address >= 0) return isPublicIpv4(address) ? table.findV4(address) : -1;
  }
  const text = readText(column, row);
  return text === null ? -1 : countryOf(table, text);
};

const ipLadder = (levels: readonly string[], table: IpTable): Ladder => {
  const width = levels.length;
  return {
    name: '',
    technique: 'ip',
    levels,
    inputs: [{ axis: '', kind: 'text' }],
    apply([column], rows, codes, first) {
      for (let row = 0; row < rows.count; row++) {
        const country = countryAt(table, column, row);
        first[row] = country < 0 ? width : 0;
        for (let level = 0; level < width; level++) {
          codes[row * width + level] = country < 0 ? 0 : levels[level] === 'country' ? country : REGION_OF_COUNTRY[country];
        }
      }
    },
    text: (level, code) => (levels[level] === 'country' ? COUNTRIES : REGIONS)[code],
  };
};
