import type { Candidates } from '../../src/model/candidate.ts';
import type { Plan } from '../../src/model/plan.ts';

/** A candidate as an object, and the helpers that the reference gate groups and sorts with. */
export interface PlainCandidate {
  readonly view: number;
  readonly source: number;
  readonly offset: number;
  readonly appendMs: number;
  readonly eventHour: number;
  /** Tokens in hex, so that string order is byte order; `gateway` is '' when the view has no gateway rule. */
  readonly subject: string;
  readonly event: string;
  readonly gateway: string;
  readonly start: number;
  /** Per path level, per attribute. */
  readonly codes: readonly (readonly number[])[];
  /** -1 when missing or when the view has none. */
  readonly sensitive: number;
}

export const plainCandidates = (candidates: Candidates, plan: Plan): PlainCandidate[] => {
  const view = plan.views[candidates.view]!;
  const width = view.attributes.length;
  const token = (bytes: Uint8Array, row: number): string => Buffer.from(bytes.subarray(row * 16, row * 16 + 16)).toString('hex');
  return Array.from({ length: candidates.count }, (_, row) => ({
    view: candidates.view,
    source: candidates.source[row]!,
    offset: candidates.offset[row]!,
    appendMs: candidates.appendMs[row]!,
    eventHour: candidates.eventHour[row]!,
    subject: token(candidates.subject, row),
    event: token(candidates.event, row),
    gateway: view.gateways === null ? '' : token(candidates.gateway, row),
    start: candidates.start[row]!,
    codes: view.path.map((_, level) => Array.from(candidates.codes.subarray((row * view.path.length + level) * width).subarray(0, width))),
    sensitive: view.sensitive === null ? -1 : candidates.sensitive[row]!,
  }));
};

export const compareText = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
export const byCoordinates = (a: { source: number; offset: number }, b: { source: number; offset: number }): number =>
  a.source - b.source || a.offset - b.offset;
export const byEvent = (a: PlainCandidate, b: PlainCandidate): number => compareText(a.event, b.event) || byCoordinates(a, b);
export const subjectsOf = (members: readonly PlainCandidate[]): Set<string> => new Set(members.map((one) => one.subject));

export const firstOfEachSubject = (members: readonly PlainCandidate[]): PlainCandidate[] =>
  [...groupBy(members, (one) => one.subject).values()].map((records) => [...records].sort(byEvent)[0]!);

export const groupBy = <T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> => {
  const groups = new Map<string, T[]>();
  for (const item of items) getOr(groups, keyOf(item), () => []).push(item);
  return groups;
};

export const getOr = <K, V>(map: Map<K, V>, key: K, make: () => V): V => {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
};
