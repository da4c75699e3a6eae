import { prepareCodecs } from '../../src/runtime/log/kafka/wire/inflate.ts';
import { BROKEN } from './broken.ts';
import { HEALTHY } from './process.ts';
import { simulate } from './world.ts';

const main = async (): Promise<void> => {
  await prepareCodecs();
  const [from, to, most] = process.argv.slice(3).map(Number);
  const wiring = process.argv[2] === '-' ? HEALTHY : BROKEN[Number(process.argv[2])];
  const states = new Set<number>();
  const t = performance.now();
  let events = 0,
    bad = 0;
  for (let seed = from; seed < to && bad < (most || 20); seed++) {
    const r = await simulate({ seed, states, wiring, isCalm: process.env.CALM === '1' });
    events += r.events;
    if (r.findings.length > 0) {
      bad++;
      console.log(wiring.name, seed, r.events, r.virtualMs, [...new Set(r.findings)].slice(0, 3));
    }
  }
  console.log({ name: wiring.name, ms: performance.now() - t, events, states: states.size });
};
void main();
