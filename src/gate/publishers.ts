import type { Criterion } from './criteria.ts';
import { clearTally, mark } from './tally.ts';
import { lookupToken } from './tokens.ts';
import type { Trial } from './trial.ts';
import { UNKNOWN_GATEWAY } from './window.ts';

/**
 * (2b) A publisher that may read the view subtracts the subjects that it sent itself; what is left must be nobody or at
 * least k.
 *
 * "Its subjects" can be read in two ways for a subject that it sent and another gateway sent too. Both are held to:
 * strangers (never behind it) are >= k, or there are none and those who are also behind others are 0 or >= k. A record without a
 * gateway might be anybody's: it makes a subject "possibly a stranger", who never helps to reach k and prevents "none". So
 * does a subject that has already left finer under the tuple, unless it is wholly the publisher's.
 */
export const publishers: Criterion = {
  reason: 'publishers',
  applies: (rules) => rules.publishers.length > 0,
  passes: (trial) => trial.rules.publishers.every((token) => survivesSubtraction(trial, lookupToken(trial.window.gateways, token, 0))),
};

const ITS_OWN = 1;
const OTHERS = 2;
const UNKNOWN = 4;
const COUNTED = 8;

const survivesSubtraction = ({ rules, window, rows, from, counted, to, subjectTally }: Trial, publisher: number): boolean => {
  clearTally(subjectTally);
  for (let i = from; i < to; i++) {
    const gateway = window.gateway[rows[i]!]!;
    mark(subjectTally, window.subject[rows[i]!]!, gateway === UNKNOWN_GATEWAY ? UNKNOWN : gateway === publisher ? ITS_OWN : OTHERS);
  }
  let strangers = 0;
  let possible = 0;
  let shared = 0;
  for (let i = from; i < to; i++) {
    const subject = window.subject[rows[i]!]!;
    const bits = mark(subjectTally, subject, 0);
    if ((bits & COUNTED) !== 0) continue;
    mark(subjectTally, subject, COUNTED);
    if (bits === ITS_OWN) continue;
    if (i >= counted) possible++;
    else if ((bits & ITS_OWN) !== 0) shared++;
    else if ((bits & OTHERS) !== 0 && (bits & UNKNOWN) === 0) strangers++;
    else possible++;
  }
  if (strangers >= rules.k) return true;
  return strangers + possible === 0 && (shared === 0 || shared >= rules.k);
};
