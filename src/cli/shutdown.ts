import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { createControlFold } from '../control/fold.ts';
import { isDatasetKey } from '../runtime/dataset/keys.ts';
import { destroyControlKeys } from '../runtime/keys/control.ts';
import { destroyPseudonymKeys } from '../runtime/keys/pseudonym-keys.ts';
import { openRing } from '../runtime/keys/ring.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';
import { type Ground, groundOf, type SayFlags, say, saying, timeOf } from './say.ts';

const EXAMPLES = `
Examples:
  $ unjoin shutdown -c unjoin.yaml --as officer --key a.key --with second --with-key b.key
  $ unjoin shutdown -c unjoin.yaml --destroy-keys      # once the last windows are closed and the service is stopped

The first says it, with two signers: from a window ahead on nothing leaves any more, and what began before is completed. The
second destroys the keys of every epoch, the control key and the private keys of lineage and quarantine that are still in the
folder, and looks that none is left. Whoever holds source topics or copies of a key can still tell: delete those, too.
`;

interface Flags extends SayFlags {
  readonly from?: string;
  readonly destroyKeys?: boolean;
}

export function shutdownCommand(): Command {
  return saying(new Command('shutdown').description('end the service: nothing leaves any more, and keys are destroyed'))
    .option('--from <time>', 'from when on nothing leaves, ISO 8601 (default: as soon as may be)')
    .option('--destroy-keys', 'destroy all keys, once the shutdown is over')
    .addHelpText('after', EXAMPLES)
    .action((flags: Flags) => (flags.destroyKeys ? destroyAll(flags) : announce(flags)));
}

const longestMs = ({ plan }: Ground): number => Math.max(...plan.views.map(({ windowMs }) => windowMs));

const announce = (flags: Flags): Promise<void> =>
  say(flags, (ground) => {
    // A minute for the way to the log.
    const soonestMs = ground.nowMs() + longestMs(ground) + 60_000;
    return [{ kind: 'shutdown', from: flags.from === undefined ? soonestMs : timeOf(flags.from, '--from') }];
  });

/** Private keys that lie beside the ring, the control key, and those that open indexes of datasets. */
const secretFiles = (keys: string): string[] =>
  readdirSync(keys).filter((name) => name.endsWith('.key') || name === 'control.json' || isDatasetKey(name));

async function destroyAll(flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const ground = await groundOf(flags);
  const { plan, keys, log, within, nowMs } = ground;
  const fold = createControlFold(plan);
  for (const line of await within(() => log.lines())) fold.take(line);
  const { shutdown } = fold.state;
  if (shutdown === null) throw new CliError('not-shut-down', EXIT.config, 'a shutdown that was said', 'unjoin shutdown, with two signers');
  if (shutdown.fromMs + longestMs(ground) > nowMs())
    throw new CliError('shutdown-open', EXIT.retry, 'a shutdown whose last windows are closed', 'wait until a window after its time');
  const ring = openRing(keys, { prf: plan.prf, create: false, views: plan.views.map(({ name }) => name) });
  const epochs = ring.epochs();
  const isDry = flags.dryRun === true;
  if (!isDry) {
    for (const epoch of epochs) ring.destroy(epoch);
    destroyPseudonymKeys(keys, plan.prf);
    destroyControlKeys(keys);
    for (const name of secretFiles(keys)) rmSync(join(keys, name));
  }
  const left = [
    ...ring
      .epochs()
      .filter((epoch) => ring.state(epoch) !== 'destroyed')
      .map(String),
    ...(existsSync(keys) ? secretFiles(keys) : []),
  ];
  output.say(
    isDry
      ? `${epochs.length} epochs would be destroyed`
      : `destroyed: ${epochs.length} epochs, the control key, the keys of datasets and periods, and the private keys that lay beside them`,
  );
  output.say(left.length === 0 ? 'no key is left in the folder' : `left in the folder: ${left.join(', ')}`);
  output.document({ dryRun: isDry, epochs, left });
  if (!isDry && left.length > 0) process.exitCode = EXIT.failed;
}
