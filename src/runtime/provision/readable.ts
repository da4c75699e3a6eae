import avro from 'avsc';

/** What stands before the datum of a released record: a zero byte and the schema id. */
const PREFIX_BYTES = 5;

/** A released record as it lies in its topic. */
export interface ReadableRecord {
  readonly partition: number;
  readonly offset: number;
  readonly value: Uint8Array | null;
}

/** What a consumer of a view can read, held to rules that did not decide it. */
export interface Recheck {
  take(record: ReadableRecord): void;
  /** By partition, the offset before which all records have to go, so that none is left that the rules would not let leave. */
  before(): ReadonlyMap<number, number>;
  /** Records that were looked at. */
  readonly count: number;
}

/** Behind the last record of something, by partition. */
export type Ends = Map<number, number>;

export const later = (ends: Ends, partition: number, end: number): void =>
  void ends.set(partition, Math.max(end, ends.get(partition) ?? 0));

/** Reads what a schema writes, field by field; null for whatever it does not, such as a record of an earlier policy. */
export const readerOf = (schemaText: string): ((value: Uint8Array | null) => readonly unknown[] | null) => {
  const type = avro.Type.forSchema(JSON.parse(schemaText) as avro.Schema, { wrapUnions: false } as never);
  return (value) => {
    if (value === null || value.length <= PREFIX_BYTES) return null;
    try {
      return Object.values(type.fromBuffer(Buffer.from(value.buffer, value.byteOffset + PREFIX_BYTES, value.length - PREFIX_BYTES)));
    } catch {
      return null;
    }
  };
};
