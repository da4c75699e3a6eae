import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createComposer } from '../control/compose.ts';
import { lastControlKey } from '../control/control-keys.ts';
import { type NamedLog, type Renaming, readNamed, renamingOf } from '../control/renaming.ts';
import { type ControlRecord, type ControlSubject, MAX_ALIASES } from '../control/shape.ts';
import type { Prf } from '../model/keys.ts';
import { openSealed } from '../record/seal.ts';
import { commitmentOf } from '../runtime/keys/commitment.ts';
import { openControlKey, stageControlKey } from '../runtime/keys/control.ts';
import { createPrf } from '../runtime/keys/prf.ts';
import { loadPrivateKey } from '../runtime/keys/recipients.ts';
import { type RotateFlags, ringOf, soonestMs } from './epoch-ground.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';
import { type Ground, groundOf, refuse, type Said, sayRecords, signersOf, timeOf } from './say.ts';

/** How often it is begun again when somebody was named while everybody got another name. */
const ATTEMPTS = 10;
const KEY_BYTES = 32;

const readLog = async ({ plan, log, within }: Ground): Promise<NamedLog> => readNamed(plan, await within(() => log.lines()));

const opener = (flags: RotateFlags, { keys }: Ground): ((subject: ControlSubject) => string | null) => {
  const file = flags.operatorKey ?? join(keys, 'operator.key');
  if (!existsSync(file))
    throw new CliError('operator-key-missing', EXIT.denied, "the operator's private key", 'name it after --operator-key');
  const key = loadPrivateKey(file);
  return ({ kind, sealed }) => {
    const plain = openSealed(key, 'control', kind, Buffer.from(sealed, 'base64'));
    if (plain === null) return null;
    try {
      const { id } = JSON.parse(Buffer.from(plain).toString('utf8')) as { readonly id?: unknown };
      return typeof id === 'string' ? id : null;
    } catch {
      // The parser's text quotes what it read, which is an id.
      return null;
    } finally {
      plain.fill(0);
    }
  };
};

/** Nobody may be forgotten: whoever cannot get another name stops it, by the number of a record and never by an id. */
const requireWhole = ({ sealed, strange }: Renaming): void => {
  if (sealed.length > 0)
    throw new CliError(
      'subject-sealed',
      EXIT.denied,
      `an operator's key that opens whom ${sealed.length} records name, the first at offset ${sealed[0]}`,
      'name the key to which they were sealed after --operator-key',
    );
  if (strange.length > 0)
    throw new CliError(
      'subject-strange',
      EXIT.data,
      `records that name somebody by the tokens of the id in them; ${strange.length} do not, the first at offset ${strange[0]}`,
      'the old key has to stay as long as nobody can say whom they name',
    );
};

const batchesOf = (key: number, commitment: string, { aliases }: Renaming): ControlRecord[] =>
  Array.from({ length: Math.ceil(aliases.length / MAX_ALIASES) }, (_, i) => ({
    kind: 'rekey',
    key,
    state: 'staged',
    commitment,
    aliases: aliases.slice(i * MAX_ALIASES, (i + 1) * MAX_ALIASES).map(([token, to]) => [token, to]),
  }));

/** What a gate would refuse, but for want of other names, makes no key. */
const requireTaken = async (flags: RotateFlags, ground: Ground, key: number, from: number): Promise<void> => {
  const composer = createComposer(ground.plan, await ground.within(() => ground.log.lines()));
  const record = { kind: 'rekey', key, state: 'active', commitment: '0'.repeat(32), from } as const;
  const { verdict } = composer.next(record, signersOf(flags), ground.nowMs());
  if (verdict.refusal !== null && verdict.refusal !== 'not-rekeyed') refuse(verdict);
};

interface Rotation {
  readonly key: number;
  readonly next: Prf;
  readonly fromMs: () => number;
  readonly open: (subject: ControlSubject) => string | null;
}

/** Gives everybody another name, and says when the key begins; begins again where somebody was named in between. */
const carryOut = async (flags: RotateFlags, ground: Ground, { key, next, fromMs, open }: Rotation): Promise<readonly Said[]> => {
  const commitment = commitmentOf(next);
  const said: Said[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const named = await readLog(ground);
    const last = lastControlKey(named.fold.state);
    if (last.number === key) return said;
    const control = openControlKey(ground.keys, { prf: ground.plan.prf, create: false }, last);
    const renaming = renamingOf(named, { control, next }, commitment, open);
    requireWhole(renaming);
    if (renaming.aliases.length > 0) said.push(...(await sayRecords(flags, ground, batchesOf(key, commitment, renaming))));
    else {
      const from = fromMs();
      // Keys of the epoch that begins with it, too, are on disk before anybody is told of them.
      ringOf(ground.plan, ground.keys).stage(from);
      said.push(...(await sayRecords(flags, ground, [{ kind: 'rekey', key, state: 'active', commitment, from }])));
    }
  }
  throw new CliError('rekey-restless', EXIT.retry, 'a moment in which nobody is named for the first time', 'run it again');
};

/** Counts other names that are needed; the key is one that nobody keeps. */
const rehearse = async (ground: Ground, open: Rotation['open']): Promise<number> => {
  const named = await readLog(ground);
  const last = lastControlKey(named.fold.state);
  const control = openControlKey(ground.keys, { prf: ground.plan.prf, create: false }, last);
  const renaming = renamingOf(named, { control, next: createPrf(ground.plan.prf, randomBytes(KEY_BYTES)) }, '', open);
  requireWhole(renaming);
  return renaming.aliases.length;
};

/**
 * Begins another control key. It can be interrupted anywhere and run again: the key that was staged stays, names that were said are not
 * said again, and where it is on its way already nothing is done.
 */
export async function rotateControl(flags: RotateFlags): Promise<void> {
  const output = outputOf(flags);
  const ground = await groundOf(flags);
  const { plan, keys, nowMs } = ground;
  const before = (await readLog(ground)).fold.state.rekeyed.at(-1);
  const isOnItsWay = before !== undefined && before.fromMs > nowMs();
  const key = isOnItsWay ? before.key : (before?.key ?? 1) + 1;
  const fromMs = (): number => (flags.from === undefined ? soonestMs(plan, nowMs()) : timeOf(flags.from, '--from'));
  const isDry = flags.dryRun === true;
  const tell = (from: number, said: readonly Said[], aliases?: number): void => {
    const begins = new Date(from).toISOString();
    output.say(
      aliases === undefined
        ? `control key ${key} is staged and begins at ${begins}`
        : `control key ${key} would begin at ${begins}, with ${aliases} other names; nothing was written`,
    );
    output.document({ dryRun: isDry, key, from: begins, ...(aliases === undefined ? {} : { aliases }), said });
  };
  if (isOnItsWay) {
    openControlKey(keys, { prf: plan.prf, create: false }, { number: key, commitment: before.commitment });
    return tell(before.fromMs, []);
  }
  await requireTaken(flags, ground, key, fromMs());
  const open = opener(flags, ground);
  if (isDry) return tell(fromMs(), [], await rehearse(ground, open));
  const said = await carryOut(flags, ground, { key, next: stageControlKey(keys, plan.prf, key), fromMs, open });
  tell((await readLog(ground)).fold.state.rekeyed.at(-1)?.fromMs ?? fromMs(), said);
}
