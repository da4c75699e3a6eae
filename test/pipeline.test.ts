import t from 'tap';
import { NO_CONTROLS } from '../src/model/controls.ts';
import { createPipeline, STAGES, type Stages } from '../src/pipeline.ts';
import { memoryKeys } from '../src/runtime/keys/memory.ts';
import { fleetLines, framed, smartHome } from './properties/world.ts';

const plan = smartHome();
const lines = fleetLines({ devices: 600, count: 1500, spanMs: 3_600_000, seed: 3, malformedShare: 0.02 });
const batches = framed(plan, lines, [200]);

t.test('scrub puts every record of a batch in exactly one place, and gives each of a view one candidate or verdict', async (t) => {
  const pipeline = createPipeline(plan, memoryKeys());
  for (const source of batches) {
    let clockMs = Number.NEGATIVE_INFINITY;
    for (const batch of source) {
      const { candidates, settled, faults, noView, decoded, clockMs: after } = pipeline.scrub(batch, clockMs);
      const read = decoded.reduce((sum, { count }) => sum + count, 0);
      if (read + faults.count + noView !== batch.count) t.fail('a record is in no place or in two');
      for (const { event, count, offset, appendMs } of decoded) {
        const rising =
          [...offset].every((at, i) => i === 0 || at > offset[i - 1]) &&
          [...appendMs].every((at, i) => at >= (i === 0 ? clockMs : appendMs[i - 1]));
        if (!rising) t.fail('offsets rise and clocks do not go back');
        for (const view of plan.events[event].views) {
          const places = [...candidates, ...settled].filter((part) => part.view === view).flatMap((part) => [...part.offset]);
          if (JSON.stringify(places.sort((a, b) => a - b)) !== JSON.stringify([...offset]))
            t.fail('a view lacks a record, or has one twice');
          if (places.length !== count) t.fail('counts are those of the arrays');
        }
      }
      if (!(after >= clockMs)) t.fail('the clock does not go back');
      clockMs = after;
    }
  }
  t.strictSame(pipeline.openWindows(), [], 'scrubbing leaves no trace');
});

t.test('what is offered is open until it is closed, and then decided once', async (t) => {
  const pipeline = createPipeline(plan, memoryKeys());
  let offered = 0;
  let decided = 0;
  for (const batch of batches.flat()) {
    for (const candidates of pipeline.scrub(batch, Number.NEGATIVE_INFINITY).candidates) {
      offered += candidates.count;
      for (const verdicts of pipeline.offer(candidates)) decided += verdicts.count;
    }
  }
  const open = pipeline.openWindows();
  t.ok(open.length >= 3);
  for (const { view, windowStartMs } of open) {
    const { released, verdicts } = pipeline.close(view, windowStartMs, NO_CONTROLS);
    decided += verdicts.count;
    const encoded = pipeline.encode(released);
    t.equal(encoded.json.length, released.count);
    t.equal(encoded.windowStartMs, windowStartMs);
    t.throws(() => pipeline.close(view, windowStartMs, NO_CONTROLS), { name: 'InvariantError' });
  }
  t.equal(decided, offered);
  t.strictSame(pipeline.openWindows(), []);
});

t.test('each stage is the one that is given, and is made once for a plan', async (t) => {
  const made: string[] = [];
  const noting = <T>(name: string, stage: T): T => {
    made.push(name);
    return stage;
  };
  const counting: Stages = {
    decoder: (own) => noting('decoder', STAGES.decoder(own)),
    transform: (own, keys) => noting('transform', STAGES.transform(own, keys)),
    gate: (own, deps) => noting('gate', STAGES.gate(own, deps)),
    encoder: (own, view) => noting(`encoder ${view.name}`, STAGES.encoder(own, view)),
  };
  const pipeline = createPipeline(plan, memoryKeys(), counting);
  for (const batch of batches[0]) pipeline.scrub(batch, 0);
  t.strictSame(made, ['decoder', 'transform', 'gate', ...plan.views.map(({ name }) => `encoder ${name}`)]);
});
