import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { openControlKey } from '../runtime/keys/control.ts';
import { openRecipients } from '../runtime/keys/recipients.ts';
import { openRing } from '../runtime/keys/ring.ts';
import { makeSigner } from '../runtime/keys/signers.ts';
import { destroyKeys, listEpochs, rotateKeys } from './epochs.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';
import { requirePlan } from './policy.ts';
import { saying } from './say.ts';

const EXAMPLES = `
Examples:
  $ unjoin keys signer --out officer.key                     # prints what the policy says of it
  $ unjoin keys init --policy P.yaml --keys keys             # ring, control key and recipients, before anything else
  $ unjoin keys list --policy P.yaml --keys keys --controls control.ndjson
  $ unjoin keys rotate -c unjoin.yaml --as officer --key a.key --with second --with-key b.key
  $ unjoin keys destroy -c unjoin.yaml --epoch 2955 --as officer --key a.key --with second --with-key b.key
  $ unjoin keys rotate --control -c unjoin.yaml --operator-key operator.key --as officer --key a.key --with second --with-key b.key
  $ unjoin keys destroy --control 1 -c unjoin.yaml --as officer --key a.key --with second --with-key b.key

A key epoch is staged, then active, then retired (nothing new is decided under it), then destroyed: whoever holds what left under
it can never again tell whom a pseudonym or token was of. The policy begins one every epoch length; rotating begins another before
that, from a window ahead on. With --control the key by which records name people is followed by another; what was said holds on,
and whoever writes records needs the folder with both. When it is interrupted, run it again. Both rotating and destroying need two signers; destroying cannot be taken back.
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
    .option('-c, --config <file>', "the service's configuration: its policy, keys and control topic")
    .option('--policy <file>', 'without -c: the policy')
    .option('--keys <dir>', 'the folder (default: that of -c, else keys)')
    .option('--controls <file>', 'without -c: the control log, which says when keys were rotated')
    .option('--json', 'print them as one JSON document')
    .action(listEpochs);
  const rotate = saying(new Command('rotate').description('begin another key epoch, before the policy does'))
    .option('--from <time>', 'its first window, ISO 8601; a window ahead at least (default: as soon as may be)')
    .option('--control', 'begin another control key, too: everybody whom records name gets another token')
    .option('--operator-key <file>', 'with --control: private key of the operator (default: operator.key in the key folder)')
    .action(rotateKeys);
  const destroy = saying(new Command('destroy').description('destroy the keys of an epoch, or a control key, for good'))
    .option('--epoch <number>', 'the epoch')
    .option('--control <number>', 'the control key: one that another has followed')
    .action(destroyKeys);
  return new Command('keys')
    .description('keys: signers, epochs, destruction')
    .addCommand(signer)
    .addCommand(init)
    .addCommand(list)
    .addCommand(rotate)
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

function initKeys(flags: KeyFlags): void {
  const output = outputOf(flags);
  const { plan } = requirePlan(flags.policy);
  openRing(flags.keys, { prf: plan.prf, create: true, views: plan.views.map(({ name }) => name) });
  openRecipients(flags.keys, { create: true });
  openControlKey(flags.keys, { prf: plan.prf, create: true });
  output.say(`keys are in ${flags.keys}; move operator.key and lineage.key to whoever may open quarantine and lineage`);
  output.document({ keys: flags.keys });
}
