import type { Epochs } from '../../model/epochs.ts';
import { type GoneKeys, KeyError, type Keys } from '../../model/keys.ts';

/**
 * A key ring whose epochs are those of a control log: what that says is destroyed gives out no keys any more, whatever the ring
 * still has. Absent `epochs`: the ring as it is, under the epochs of the policy.
 */
export const keysByEpochs = (keys: Keys, epochs: Epochs | undefined): Keys =>
  epochs === undefined
    ? keys
    : {
        ...keys,
        schedule: epochs,
        epoch(epoch) {
          if (epochs.isDestroyed(epoch)) throw new KeyError('key-destroyed', 'a key epoch that was not destroyed');
          return keys.epoch(epoch);
        },
      };

/** Destroys keys that are said to be gone, wherever these handles keep them. */
export const forgetKeys = (keys: Keys, { of, number }: GoneKeys): void =>
  of === 'epoch' ? keys.destroy?.(number) : keys.destroyControl?.(number);
