import { setTimeout as pause } from 'node:timers/promises';
import { below } from '../../../src/simulate/random.ts';
import { type Fault, settled, until } from '../chaos/world.ts';

const TRANSACTION_MS = 3000;
/** The broker looks once a second for transactions that are too old. */
const ASLEEP_MS = TRANSACTION_MS + 3000;

export const expired: Fault = {
  says: 'SIGSTOP in the middle of a transaction past its time-out: the broker aborts it, and the commit is refused',
  count: 6,
  processes: 1,
  isProxied: true,
  // Nobody takes the tasks meanwhile: it is the broker alone that ends the transaction.
  kafka: { transactionTimeoutMs: TRANSACTION_MS, sessionTimeoutMs: 20_000 },
  async harm(world) {
    const { gates, proxies, count, random } = world;
    const [proxy] = proxies;
    let [failed, refused] = [0, 0];
    for (let i = 0; i < count && world.goesOn(); i++) {
      await pause(below(random, 2000));
      // Its records lie in the log, and it is about to commit: the request never leaves.
      await proxy.lose({ api: 'endTxn', when: 'before', how: 'cut', at: () => gates.signal(0, 'SIGSTOP') });
      const strike = world.strike(`transaction ${i + 1}`);
      await pause(ASLEEP_MS);
      gates.signal(0, 'SIGCONT');
      const failures = () => gates.logged().filter(({ code, time }) => code === 'step-failed' && time > strike.atMs);
      await until(() => failures().length > 0, 30_000);
      failed += Math.min(1, failures().length);
      // On a busy machine the client may give up the connection before it hears the refusal.
      refused += failures().some(({ error }) => error === 'fenced') ? 1 : 0;
      await settled(world, strike);
    }
    return {
      figures: { failed, refused },
      broken: failed === world.strikes.length ? [] : [`${world.strikes.length - failed} commits of expired transactions went through`],
    };
  },
};
