import { createHash } from 'node:crypto';
import { crc32, murmur3 } from '../../../src/verify/identifiers/digests.ts';
import type { ToyRecord } from './fleet.ts';
import type { Mutation } from './mutations.ts';

const base32 = (text: string): string => {
  const bits = [...Buffer.from(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.padEnd(Math.ceil(bits.length / 5) * 5, '0').match(/.{5}/g) as string[])
    .map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)])
    .join('');
};

/** A line that an unlucky author might log, for the mutants that leak an identifier outside the views. */
export const leakOf = (records: readonly ToyRecord[], mutation: Mutation | null): string | null => {
  const find = (event: string) => records.find((record) => record.event === event && record.value !== null) as ToyRecord;
  const value = find('operation').value as Record<string, string>;
  const bare = value['mac'].replaceAll(':', '').toLowerCase();
  const id = value['deviceId'];
  switch (mutation) {
    case 'id-in-log':
      return `cannot decide ${id.toUpperCase()} now`;
    case 'id-base64':
      return `trace x${Buffer.from(`..${id}`).toString('base64')}`;
    case 'id-base32':
      return `trace ${base32(id)}`;
    case 'id-hex':
      return `trace ${Buffer.from(id).toString('hex').toUpperCase()}`;
    case 'id-percent':
      return `GET /devices/${[...id].map((char) => `%${char.charCodeAt(0).toString(16)}`).join('')}`;
    case 'id-json-escaped':
      return `quoted ${[...id].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join('')}`;
    case 'mac-reversed':
      return `radio ${(bare.match(/../g) as string[]).reverse().join('-')}`;
    case 'mac-decimal':
      return `radio ${BigInt(`0x${bare}`)}`;
    case 'key-sha1':
      return `key ${createHash('sha1').update(id).digest('base64')}`;
    case 'key-crc32':
      return `slot ${crc32(Buffer.from(id)).toString(16).padStart(8, '0')}`;
    case 'key-murmur3':
      return `slot ${murmur3(Buffer.from(id)).toString(16).padStart(8, '0')}`;
    case 'position-in-log':
      return `fix at ${records.map(({ value }) => value?.['lat']).find((lat) => typeof lat === 'number' && String(lat).length >= 8)}`;
    default:
      return null;
  }
};
