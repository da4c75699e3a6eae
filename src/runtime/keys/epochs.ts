import type { Epochs } from '../../model/epochs.ts';
import { KeyError, type Keys } from '../../model/keys.ts';

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
