import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TransportError } from '../model/log.ts';
import { AUTHORISED, isReleased, REASONS, type Reason, reasonOf } from '../model/verdict.ts';
import { type LineageChunk, type LineageKeys, openLineage } from '../record/lineage.ts';
import { periodKeys } from './keys/periods.ts';
import { loadPrivateKey } from './keys/recipients.ts';
import { textLines } from './text-lines.ts';

/** Where a record stood in its log. */
export interface RecordCoordinate {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** What became of one record in one view, without any value of it. */
export interface Explanation {
  readonly view: string;
  readonly windowStart: number;
  readonly verdict: 'released' | 'blocked';
  /** Path level of a release. */
  readonly level: number | null;
  readonly reason: Reason | null;
  /** What the verdict means, in field names and levels. */
  readonly meaning: string;
  /** The cheapest change that would let such a record pass. */
  readonly remedy: string;
}

/** What explain needs of a view's manifest. */
interface Manifest {
  readonly k: number;
  readonly subject: string;
  readonly path: readonly Readonly<Record<string, string>>[];
}

const parsePath = (level: Readonly<Record<string, string>> | undefined): string =>
  Object.entries(level ?? {})
    .map(([attribute, name]) => `${attribute}: ${name}`)
    .join(', ');

const explainVerdict = (view: string, windowStart: number, verdict: number, manifest: Manifest): Explanation => {
  const common = { view, windowStart };
  if (verdict === AUTHORISED)
    return {
      ...common,
      verdict: 'released',
      level: 0,
      reason: null,
      meaning: `its ${manifest.subject} authorised the combined-use period that the window lies in: it left to the authorised output, and is counted in no class`,
      remedy: 'none: this is the finest level',
    };
  if (isReleased(verdict)) {
    const meaning = `its class held at least ${manifest.k} ${manifest.subject}s at level ${verdict} (${parsePath(manifest.path[verdict])})`;
    const finer =
      verdict === 0
        ? 'none: this is the finest level'
        : `${manifest.k} ${manifest.subject}s that share level ${verdict - 1} (${parsePath(manifest.path[verdict - 1])})`;
    return { ...common, verdict: 'released', level: verdict, reason: null, meaning, remedy: finer };
  }
  const reason = reasonOf(verdict) as Reason;
  const last = manifest.path.length - 1;
  const where = reason === 'k' ? ` (${parsePath(manifest.path[last])}; k ${manifest.k}, counted in ${manifest.subject}s)` : '';
  return {
    ...common,
    verdict: 'blocked',
    level: null,
    reason,
    meaning: `${REASONS[reason].meaning}${where}`,
    remedy: REASONS[reason].remedy,
  };
};

/** The key of a lineage file, and those of combined-use periods that lie beside it. */
export const lineageKeys = (keyFile: string): LineageKeys => {
  const own = loadPrivateKey(keyFile);
  const periods = periodKeys(dirname(keyFile));
  return (period) => (period === null ? own : (periods.get(period) ?? null));
};

/**
 * Opens the lineage of a run, chunk by chunk; a chunk that does not open is an unreadable file, never a silent gap. What is of a period
 * whose key is gone is left out: nobody opens that any more.
 */
export async function* readLineage(out: string, keys: LineageKeys): AsyncGenerator<LineageChunk> {
  const path = join(out, 'lineage.ndjson');
  if (!existsSync(path)) throw new TransportError('unreadable', 'the folder holds no lineage of a run', false);
  for await (const line of textLines(path)) {
    let isGone = false;
    const chunk = openLineage(line, (period) => {
      const key = keys(period);
      isGone = key === null;
      return key;
    });
    if (isGone) continue;
    if (!chunk.ok) throw new TransportError('unreadable', 'the lineage does not open with the given key', false);
    yield chunk.value;
  }
}

/** Says of one record what each view made of it; empty when lineage does not know it (quarantined, or of no view). */
export const explainRecord = async (out: string, keyFile: string, at: RecordCoordinate): Promise<Explanation[]> => {
  const key = lineageKeys(keyFile);
  const manifests = new Map<string, Manifest>();
  const manifestOf = (view: string): Manifest => {
    const known = manifests.get(view) ?? (JSON.parse(readFileSync(join(out, 'views', `${view}.manifest.json`), 'utf8')) as Manifest);
    manifests.set(view, known);
    return known;
  };
  const found: Explanation[] = [];
  for await (const chunk of readLineage(out, key)) {
    const source = chunk.sources.findIndex(({ topic, partition }) => topic === at.topic && partition === at.partition);
    if (source < 0) continue;
    const row = chunk.rows.find((candidate) => candidate.source === source && candidate.offset === at.offset);
    if (row !== undefined) found.push(explainVerdict(chunk.view, chunk.windowStart, row.verdict, manifestOf(chunk.view)));
  }
  return found;
};

/** Parses `topic:partition:offset`; a topic may hold colons. Null when the text is none. */
export const parseCoordinate = (text: string): RecordCoordinate | null => {
  const match = /^(.+):(\d{1,10}):(\d{1,16})$/.exec(text);
  return match === null ? null : { topic: match[1], partition: Number(match[2]), offset: Number(match[3]) };
};
