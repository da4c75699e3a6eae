import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { openControlKey } from '../runtime/keys/control.ts';
import { openRecipients } from '../runtime/keys/recipients.ts';
import { openRing, type Ring } from '../runtime/keys/ring.ts';
import { makeSigner } from '../runtime/keys/signers.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf, table } from './output.ts';
import { requirePlan } from './policy.ts';
import { groundOf, type SayFlags, saying, sayRecords } from './say.ts';

const EXAMPLES = `
Examples:
  $ unjoin keys signer --out officer.key                     # prints what the policy says of it
  $ unjoin keys init --policy P.yaml --keys keys             # ring, control key and recipients, before anything else
  $ unjoin keys list --policy P.yaml --keys keys
  $ unjoin keys destroy -c unjoin.yaml --epoch 2955 --as officer --key a.key --with second --with-key b.key

A key epoch is active, then retired (nothing new is decided under it), then destroyed: whoever holds what left under it can
never again tell whom a pseudonym or token was of. Destroying cannot be taken back and needs two signers.
`;

interface KeyFlags {
  readonly policy: string;
  readonly keys: string;
  readonly json?: boolean;
}

export function keysCommand(): Command {
  const signer = new Command('signer')
    .description("make a signer's key pair, and print its public half as a policy writes it")
    .requiredOption('--out <file>', 'where the private key goes; it must not exist')
    .option('--json', 'print the public key as one JSON document')
    .action(makeKey);
  const init = new Command('init')
    .description('make a key folder: ring, control key, keys of operator and auditor')
    .requiredOption('--policy <file>', 'the policy')
    .requiredOption('--keys <dir>', 'the folder')
    .option('--json', 'print what is there as one JSON document')
    .action(initKeys);
  const list = new Command('list')
    .description('say which key epochs there are, and in what state')
    .requiredOption('--policy <file>', 'the policy')
    .requiredOption('--keys <dir>', 'the folder')
    .option('--json', 'print them as one JSON document')
    .action(listKeys);
  const destroy = saying(new Command('destroy').description('destroy the keys of an epoch, for good'))
    .requiredOption('--epoch <number>', 'the epoch')
    .action(destroyKeys);
  return new Command('keys')
    .description('keys: signers, epochs, destruction')
    .addCommand(signer)
    .addCommand(init)
    .addCommand(list)
    .addCommand(destroy)
    .addHelpText('after', EXAMPLES);
}

function makeKey({ out, json }: { readonly out: string; readonly json?: boolean }): void {
  const output = outputOf({ json });
  if (existsSync(out)) throw new CliError('file-exists', EXIT.config, 'a key file that does not exist yet', 'name another one after --out');
  const key = makeSigner(out);
  output.say(`made ${out} (mode 0600); in the policy:`);
  output.say('');
  output.say('signers:');
  output.say(`  NAME: { key: ${key}, may: [consent, erasure, profile, binding] }`);
  output.document({ key });
}

const ringOf = ({ policy, keys }: KeyFlags, create: boolean): Ring => {
  const { plan } = requirePlan(policy);
  return openRing(keys, { prf: plan.prf, create, views: plan.views.map(({ name }) => name) });
};

function initKeys(flags: KeyFlags): void {
  const output = outputOf(flags);
  const { plan } = requirePlan(flags.policy);
  ringOf(flags, true);
  openRecipients(flags.keys, { create: true });
  openControlKey(flags.keys, { prf: plan.prf, create: true });
  output.say(`keys are in ${flags.keys}; move operator.key and lineage.key to whoever may open quarantine and lineage`);
  output.document({ keys: flags.keys });
}

function listKeys(flags: KeyFlags): void {
  const output = outputOf(flags);
  const ring = ringOf(flags, false);
  const epochs = ring.epochs().map((epoch) => ({ epoch, state: ring.state(epoch) }));
  for (const line of table(['epoch', 'state'], epochs.map(({ epoch, state }) => [String(epoch), state ?? '-']))) output.say(line); // biome-ignore format: a table
  output.document({ epochs });
}

interface DestroyFlags extends SayFlags {
  readonly epoch: string;
}

/** Keys of an epoch may go when nothing can be decided under them any more: their end, and a window, are past. */
const checkOver = (epoch: number, epochMs: number, longestMs: number, nowMs: number): void => {
  if ((epoch + 1) * epochMs + longestMs > nowMs)
    throw new CliError(
      'epoch-open',
      EXIT.config,
      'an epoch whose windows are all over',
      'wait until a window after its end, or use `unjoin shutdown`',
    );
};

/** The record is written first: a key that was destroyed without anybody having said so would be a loss. */
async function destroyKeys(flags: DestroyFlags): Promise<void> {
  const output = outputOf(flags);
  const epoch = Number(flags.epoch);
  if (!Number.isSafeInteger(epoch)) throw new CliError('usage', EXIT.config, 'the number of an epoch after --epoch', 'unjoin keys list');
  const ground = await groundOf(flags);
  const { plan, keys } = ground;
  const ring = openRing(keys, { prf: plan.prf, create: false, views: plan.views.map(({ name }) => name) });
  if (ring.state(epoch) === null) throw new CliError('epoch-unknown', EXIT.config, 'an epoch of the key ring', 'unjoin keys list');
  checkOver(epoch, plan.epochMs, Math.max(...plan.views.map(({ windowMs }) => windowMs)), ground.nowMs());
  const said = ring.state(epoch) === 'destroyed' ? [] : await sayRecords(flags, ground, [{ kind: 'epoch', epoch, state: 'destroyed' }]);
  if (flags.dryRun !== true) ring.destroy(epoch);
  output.say(flags.dryRun === true ? `epoch ${epoch} would be destroyed` : `epoch ${epoch} is destroyed`);
  output.document({ dryRun: flags.dryRun === true, epoch, state: flags.dryRun === true ? ring.state(epoch) : 'destroyed', said });
}
