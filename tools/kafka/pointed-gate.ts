import { serve } from '../../src/cli/serve.ts';
import { openKafkaLog } from '../../src/runtime/log/kafka/log.ts';
import { isPoint, POINTS } from './points.ts';

/**
 * The service, killed by itself when it reaches a named point for the n-th time: `pointed-gate.ts POINT N run -c FILE`. An entry
 * of its own beside the product's: what is released has no switch for it.
 */
const [point, times, , , config] = process.argv.slice(2);
if (!isPoint(point)) throw new Error('no such point');
let left = Number(times);
const reach = (): void => {
  if (--left === 0) process.kill(process.pid, 'SIGKILL');
};
await serve(config, { initialise: false }, (options) => POINTS[point](openKafkaLog(options), reach));
