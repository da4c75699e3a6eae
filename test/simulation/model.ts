import { backgroundOf, createBroker, type ModelBroker, type TopicSpec } from './broker/broker.ts';
import { expire } from './broker/coordinator.ts';
import { createModelClient, type ModelClientOptions } from './client.ts';
import { createEngine, type RunningEngine, settle } from './engine.ts';
import { createRandom } from './random.ts';

const START_MS = 1_700_000_000_000;

/** A model that nothing goes wrong with, and that runs for as long as somebody waits for it: for tests of the model itself. */
export const createModel = (specs: readonly TopicSpec[]) => {
  const engine: RunningEngine = createEngine(1, START_MS);
  const broker: ModelBroker = createBroker(specs, createRandom(1), true, 0);
  const options: ModelClientOptions = {
    engine,
    broker,
    process: { name: 'test', state: 'running', isCut: false },
    witness: { opened: () => {} },
    mostBatches: 1e9,
  };
  const run = async <T>(work: () => Promise<T>): Promise<T> => {
    let isDone = false;
    const done = engine.as(options.process, work).finally(() => {
      isDone = true;
    });
    done.catch(() => {});
    for (await settle(); !isDone; await settle()) {
      expire(broker.coordinator, engine.nowMs());
      if (!engine.next(backgroundOf(broker, engine.nowMs()), Number.POSITIVE_INFINITY, () => 'none'))
        throw new Error('nothing can happen any more');
    }
    return done;
  };
  return { engine, broker, client: createModelClient(options), run, stop: engine.stop };
};
