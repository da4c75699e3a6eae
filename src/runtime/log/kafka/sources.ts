import type { Log } from '../../../model/log.ts';
import { frameRun } from './frame.ts';
import type { SchemaNames } from './names.ts';
import type { Reader, TopicPartition } from './reader.ts';

/** The half of a log that reads. */
export type SourceLog = Pick<Log, 'fetch' | 'seek' | 'position' | 'highWatermark' | 'lastStableOffset'> &
  Required<Pick<Log, 'isHeld'>> &
  Pick<Log, 'schemas'>;

/** The source partitions of a task over a reader, with the schemas that their records name. Every partition was sought before. */
export const readSources = (reading: () => Reader, sources: readonly TopicPartition[], schemas: SchemaNames): SourceLog => {
  let isHeld = false;
  return {
    ...(schemas.asked === null ? {} : { schemas: schemas.asked }),
    isHeld: () => isHeld,
    async fetch(paused) {
      const reader = reading();
      const before = sources.map((_, index) => reader.position(index));
      const polled = await reader.poll(paused);
      const answers = await schemas.learn(polled, before);
      isHeld = answers === null;
      if (answers === null) {
        // Nothing was read, then: what came is fetched again when somebody can tell what it is.
        for (const [index, offset] of before.entries()) reader.seek(index, offset);
        return [];
      }
      return polled.flatMap(({ index, runs }) => runs.flatMap((run) => frameRun(run, index, sources[index], answers(index))));
    },
    seek: (source, offset) => reading().seek(source, offset),
    position: (source) => reading().position(source),
    highWatermark: (source) => reading().highWatermark(source),
    lastStableOffset: (source) => reading().lastStableOffset(source),
  };
};
