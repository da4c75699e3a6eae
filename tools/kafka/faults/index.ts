import type { Fault } from '../chaos/world.ts';
import { broker } from './broker.ts';
import { burst } from './burst.ts';
import { controls } from './controls.ts';
import { disk } from './disk.ts';
import { expired } from './expired.ts';
import { kill } from './kill.ts';
import { leader } from './leader.ts';
import { lostReplies } from './lost-replies.ts';
import { points } from './points.ts';
import { restart } from './restart.ts';
import { stop } from './stop.ts';
import { withdraw } from './withdraw.ts';

/** Every kind of fault, by the name that `--fault` takes: one file each. */
export const FAULTS: Readonly<Record<string, Fault>> = {
  kill,
  points,
  stop,
  expired,
  'lost-replies': lostReplies,
  broker,
  restart,
  leader,
  disk,
  burst,
  withdraw,
  controls,
};
