/** Somebody accepted what loosens from one policy to the next. It decides nothing: the windows of each policy are checked by that policy. */
export interface Acceptance {
  readonly v: number;
  readonly seq: number;
  readonly task: number;
  readonly accepted: string;
  readonly by: string;
  readonly why: string;
  readonly next: string;
  readonly at: number;
  readonly policy: string;
  readonly prev: string;
  readonly hash: string;
}

const NAMES = ['v', 'seq', 'task', 'accepted', 'by', 'why', 'next', 'at', 'policy', 'prev', 'hash'];

export const isAcceptance = (line: Acceptance, task: number | null): boolean =>
  JSON.stringify(Object.keys(line)) === JSON.stringify(NAMES) &&
  line.v === 1 &&
  (task === null || line.task === task) &&
  [line.seq, line.task, line.at].every(Number.isSafeInteger) &&
  [line.accepted, line.by, line.why, line.next, line.policy].every((text) => typeof text === 'string');
