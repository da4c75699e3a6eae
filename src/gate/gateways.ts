import type { Criterion } from './criteria.ts';
import { clearTally, count } from './tally.ts';
import { UNKNOWN_GATEWAY } from './window.ts';

/** Share of k that the subjects behind one gateway can make up: ceil(k / CAP_DIVISOR). */
const CAP_DIVISOR = 4;

/**
 * (2) Against gateways that invent devices: at least `min` distinct gateways, and at least k subjects when each gateway
 * counts for at most ceil(k/4) of them.
 *
 * A subject behind several gateways counts for one: the gateway of its record with the smallest event token, which is
 * the record that leaves whatever `contribution` and rule (7) drop. One fixed assignment is never more than the best one
 * (a maximum bipartite matching), and the gateways counted are among those that leave, so both counts err towards
 * blocking. The order of event tokens is a PRF's, so no gateway can choose the assignment. A subject whose record names
 * no gateway counts for none.
 *
 * ceil() alone would let a greater k release more (12 and 13 subjects behind gateways of 4, 4, 4 and 1: capped at 3 they are 10,
 * at 4 they are 13). So the condition is asked for every k up to the view's; since the capped sum is concave in the cap, only
 * the last multiple of CAP_DIVISOR below k can fail on its own.
 */
export const gateways: Criterion = {
  reason: 'gateways',
  applies: (rules) => rules.view.gateways !== null,
  passes: ({ rules, window, rows, from, counted, subjectTally, gatewayTally }) => {
    const cap = Math.ceil(rules.k / CAP_DIVISOR);
    const lowerCap = Math.floor(rules.k / CAP_DIVISOR);
    let capped = 0;
    let lowerCapped = 0;
    clearTally(subjectTally);
    clearTally(gatewayTally);
    for (let i = from; i < counted; i++) {
      const row = rows[i]!;
      if (count(subjectTally, window.subject[row]!) > 1) continue;
      const gateway = window.gateway[row]!;
      if (gateway === UNKNOWN_GATEWAY) continue;
      const behind = count(gatewayTally, gateway);
      if (behind <= cap) capped++;
      if (behind <= lowerCap) lowerCapped++;
    }
    const isSpread = capped >= rules.k && lowerCapped >= CAP_DIVISOR * lowerCap;
    return isSpread && gatewayTally.distinct >= (rules.view.gateways?.min ?? 0);
  },
};
