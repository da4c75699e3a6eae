import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createComposer } from '../../../src/control/compose.ts';
import type { ControlRecord, ControlSubject } from '../../../src/control/shape.ts';
import { subjectOf } from '../../../src/control/subject.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { openSealSession } from '../../../src/record/seal.ts';
import { openControlKey } from '../../../src/runtime/keys/control.ts';
import { openRecipients } from '../../../src/runtime/keys/recipients.ts';
import { loadSigner } from '../../../src/runtime/keys/signers.ts';
import { openPublisher } from '../../../src/runtime/log/kafka/publisher.ts';
import { loadPlan } from '../../../src/runtime/policy-files.ts';
import { below } from '../../../src/simulate/random.ts';
import { OFFICER, officerKey } from '../chaos/setup.ts';
import { type Fault, settled, type World } from '../chaos/world.ts';

const CONTROL = 'unjoin.control';
/** Between two kills so many say something, at least, and so that there are so many kills at most. */
const BATCH = 20;
const KILLS = 20;

const planOf = ({ dir }: World): Plan => {
  const { plan } = loadPlan(join(dir, 'policy.yaml'));
  if (plan === null) throw new Error('the policy of the run does not load');
  return plan;
};

/** Names households as records do. */
const createNamer = ({ dir }: World, plan: Plan): ((id: string) => ControlSubject) => {
  const keys = join(dir, 'keys');
  const control = openControlKey(keys, { prf: plan.prf, create: false });
  const session = openSealSession(openRecipients(keys, { create: false }).operator, 'control');
  return (id) =>
    subjectOf(plan, 'household', id, { number: 1, control, next: null }, (aad, plaintext) =>
      session.seal(aad, plaintext),
    ) as ControlSubject;
};

/** A withdrawal of every purpose, or an erasure. */
const recordOf = (subject: ControlSubject, isErasure: boolean): ControlRecord =>
  isErasure ? { kind: 'erasure', subject } : { kind: 'consent', subject, purposes: ['*'], state: 'withdrawn', from: null, to: null };

export const withdraw: Fault = {
  says: 'households withdraw their consent or are erased while gate processes are killed; nothing of them may leave afterwards',
  count: 1000,
  async harm(world) {
    const { count, random, gates, fleet, settings, say } = world;
    const plan = planOf(world);
    const subject = createNamer(world, plan);
    const key = loadSigner(officerKey(world));
    const composer = createComposer(plan, []);
    const publisher = await openPublisher(settings, 'none');
    const gone = new Set<string>();
    try {
      while (gone.size < count && world.goesOn()) {
        const known = fleet.households().filter((id) => !gone.has(id));
        const chosen = known
          .sort(() => below(random, 3) - 1)
          .slice(0, Math.min(Math.max(BATCH, Math.ceil(count / KILLS)), count - gone.size));
        // Nobody is left whom records told of: more come.
        if (chosen.length === 0) {
          await pause(1000);
          continue;
        }
        for (const id of chosen) gone.add(id);
        const records = chosen.map((id) =>
          composer.next(recordOf(subject(id), below(random, 2) === 0), [{ name: OFFICER, key }], Date.now()),
        );
        await publisher.publish(records.map(({ envelope }) => ({ topic: CONTROL, key: null, value: Buffer.from(envelope), headers: {} })));
        say(`  ${gone.size} households are gone`);
        const victim = below(random, gates.count);
        gates.signal(victim, 'SIGKILL');
        const strike = world.strike(`kill of process ${victim} after ${gone.size} withdrawals and erasures`);
        await gates.ended(victim);
        gates.start(victim);
        await settled(world, strike);
        await pause(below(random, 1000));
      }
    } finally {
      await publisher.close();
    }
    return { figures: { gone: gone.size }, broken: gone.size < count ? [`only ${gone.size} of ${count} households said something`] : [] };
  },
};
