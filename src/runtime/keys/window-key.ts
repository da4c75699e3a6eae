import { createSecretKey, type KeyObject } from 'node:crypto';
import { type EpochKeys, LABEL } from '../../model/keys.ts';

/** Two PRF outputs of 16 bytes make one key (counter mode, NIST SP 800-108). */
const BLOCKS = [0, 1] as const;

/**
 * The key that survivors of one window are held under: AES-256, from the key of its view and epoch, so that it is gone with
 * them. Held bytes are needed only while the window is open.
 */
export const windowKey = (keys: EpochKeys, view: string, windowStartMs: number): KeyObject => {
  const prf = keys.view(view);
  const blocks = BLOCKS.map((block) => {
    const message = Buffer.alloc(10);
    message[0] = LABEL.held;
    message[1] = block;
    message.writeDoubleBE(windowStartMs, 2);
    return prf.one(message);
  });
  const bytes = Buffer.concat(blocks);
  const key = createSecretKey(bytes);
  bytes.fill(0);
  for (const block of blocks) block.fill(0);
  return key;
};
