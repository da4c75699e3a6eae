import { createHash } from 'node:crypto';

/** Writes an Avro object container file (Avro specification 1.11, "Object Container Files", null codec). */
export interface AvroContainer {
  readonly header: Uint8Array;
  /** One block holding the given encoded records; `records` must not be empty. */
  block(records: readonly Uint8Array[]): Uint8Array;
}

/** Zig-zag variable-length long, as Avro writes counts and lengths. */
const long = (value: number): Uint8Array => {
  const bytes: number[] = [];
  let rest = value * 2;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
};

const text = (value: string): Uint8Array => {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([long(bytes.length), bytes]);
};

/**
 * The sync marker is a digest of name and schema instead of random bytes: equal runs give equal files, and it cannot
 * tell one run from another.
 */
export const createContainer = (name: string, schema: string): AvroContainer => {
  const sync = createHash('sha256').update(`unjoin container ${name}\n${schema}`).digest().subarray(0, 16);
  const metadata = Buffer.concat([long(2), text('avro.schema'), text(schema), text('avro.codec'), text('null'), long(0)]);
  return {
    header: Buffer.concat([Buffer.from('Obj\x01', 'latin1'), metadata, sync]),
    block(records) {
      const size = records.reduce((sum, record) => sum + record.length, 0);
      return Buffer.concat([long(records.length), long(size), ...records, sync]);
    },
  };
};
