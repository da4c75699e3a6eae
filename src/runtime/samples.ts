import { AUTHORISED, isReleased, REASONS } from '../model/verdict.ts';
import { lineageKeys, type RecordCoordinate, readLineage } from './explain-files.ts';

/** The first record of a run that was released, and the first that its class was too small for. */
export const firstOfEach = async (out: string, keyFile: string): Promise<RecordCoordinate[]> => {
  const key = lineageKeys(keyFile);
  let released: RecordCoordinate | null = null;
  let blocked: RecordCoordinate | null = null;
  for await (const chunk of readLineage(out, key)) {
    const coordinate = (wanted: (verdict: number) => boolean): RecordCoordinate | null => {
      const row = chunk.rows.find(({ verdict }) => wanted(verdict));
      return row === undefined ? null : { ...chunk.sources[row.source], offset: row.offset };
    };
    released ??= coordinate((verdict) => isReleased(verdict) && verdict !== AUTHORISED);
    blocked ??= coordinate((verdict) => verdict === REASONS.k.code);
    if (released !== null && blocked !== null) break;
  }
  return [released, blocked].filter((found) => found !== null);
};
