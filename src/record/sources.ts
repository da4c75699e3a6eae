import type { ByteReader, ByteWriter } from './bytes.ts';

/** A (topic, partition) as persisted forms name it: numbers of sources mean nothing to another process. */
export interface RecordSource {
  readonly topic: string;
  readonly partition: number;
}

/** Bytes of the shortest source: an empty topic's length and a partition. */
const SHORTEST = 2;

export const writeSources = (writer: ByteWriter, sources: readonly RecordSource[]): void => {
  writer.varint(sources.length);
  for (const { topic, partition } of sources) {
    writer.text(topic);
    writer.varint(partition);
  }
};

export const readSources = (reader: ByteReader): RecordSource[] =>
  Array.from({ length: reader.count(SHORTEST) }, () => ({ topic: reader.text(), partition: reader.varint() }));
