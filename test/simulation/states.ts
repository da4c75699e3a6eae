import type { ModelBroker } from './broker/broker.ts';
import { lastStableOffset } from './broker/partition.ts';
import type { Engine } from './engine.ts';
import type { ModelGroup } from './group.ts';
import type { GateProcess } from './process.ts';

/** Two hashes of 32 bits (FNV-1a), as one number of 53. */
const hashOf = (text: string): number => {
  let a = 0x811c9dc5;
  let b = 0x9747b28c;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x5bd1e995);
  }
  return (a >>> 0) * 2 ** 21 + ((b >>> 0) % 2 ** 21);
};

/**
 * A state without what only grows (offsets, times, sequence numbers): who owns what, how far each transaction is, what is
 * in flight and which ends lag. Names of processes are left out, so that the same situation of others counts once.
 */
export const stateOf = (broker: ModelBroker, group: ModelGroup, gates: readonly GateProcess[], engine: Engine): number => {
  const names = new Map(gates.map(({ process }, i) => [process.name, i]));
  const transactions = [...broker.coordinator.ids.values()].map(
    ({ state, partitions, unreplicated }) => `${state}${partitions.size}${unreplicated.size}`,
  );
  const lags = [...broker.partitions.values()].map((of) => {
    const stable = lastStableOffset(of);
    return `${of.highWatermark < of.end ? 'l' : ''}${stable < of.highWatermark ? 'u' : ''}`;
  });
  const workers = gates.map(
    (gate) => `${gate.process.state}${gate.process.isCut}${gate.workers().map(({ task, state }) => `${task}${state}`)}`,
  );
  const owners = gates.map(({ process }) => group.assignment.get(process.name)?.join('') ?? '-');
  const calls = engine.inFlight().map((call) => {
    const [name, ...rest] = call.split('/');
    return `${names.get(name) ?? 'x'}${rest}`;
  });
  return hashOf([transactions, lags, workers, owners, calls.sort()].join(';'));
};
