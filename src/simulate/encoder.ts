/** How values are written: JSON, or Avro with Confluent's prefix (magic byte 0, schema id as 4 bytes big endian). */
import avsc from 'avsc';
import type { Value } from './values.ts';

export interface Encoder {
  (value: Value): Encoded;
  readonly format: 'json' | 'avro';
}

export interface Encoded {
  /** What stands behind `"value":` in the envelope. */
  readonly json: string;
  /** The bytes of the value, of which base64 stands in the envelope; empty for JSON. Valid until the next call. */
  readonly bytes: Buffer;
}

const NO_BYTES = Buffer.alloc(0);
const SCRATCH_BYTES = 4096;

export const jsonEncoder: Encoder = Object.assign((value: Value): Encoded => ({ json: JSON.stringify(value), bytes: NO_BYTES }), {
  format: 'json' as const,
});

/** An encoder for one schema (parsed JSON with its `schemaId`). Throws when the schema is none. */
export function avroEncoder(schema: unknown): Encoder {
  const type = avsc.Type.forSchema(structuredClone(schema) as avsc.Schema);
  const id = (schema as { readonly schemaId?: unknown }).schemaId;
  if (typeof id !== 'number') throw new RangeError('simulate: a schema has no schemaId');
  let scratch = Buffer.alloc(SCRATCH_BYTES);
  const encode = (value: Value): Encoded => {
    // A negative end tells by how many bytes the buffer is too short.
    let end = type.encode(value, scratch, 5);
    if (end < 0) {
      scratch = Buffer.alloc(scratch.length - end);
      end = type.encode(value, scratch, 5);
    }
    scratch[0] = 0;
    scratch.writeUInt32BE(id, 1);
    const bytes = scratch.subarray(0, end);
    return { json: `"${bytes.toString('base64')}"`, bytes };
  };
  return Object.assign(encode, { format: 'avro' as const });
}
