import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { KeyError, LABEL } from '../../src/model/keys.ts';
import { createPrf } from '../../src/runtime/keys/prf.ts';
import { openRing } from '../../src/runtime/keys/ring.ts';

const PRF = 'aes-256-cmac';
const VIEWS = ['health', 'usage'];
const IDS = 20_000;
const EPOCHS = [2950, 2951, 2952, 2953, 2954];
const GONE = 2952;

const message = (id: number): Uint8Array => Buffer.from(`${String.fromCharCode(LABEL.household)}home-${id}`);
const hexOf = (token: Uint8Array): string => Buffer.from(token).toString('hex');

/** Everything that looks like a key in a folder, whatever file it is in. */
const keysIn = (dir: string): Buffer[] =>
  readdirSync(dir).flatMap((name) =>
    [...readFileSync(join(dir, name), 'utf8').matchAll(/"([A-Za-z0-9+/]{43}=)"/g)].map(([, key]) => Buffer.from(key, 'base64')),
  );

/**
 * The game: the adversary knows every household id, every token that was made of them in an epoch that is destroyed, and has the key
 * folder as it is now. It tries every key that is left, and wins if one of a million tokens comes out again.
 */
t.test('a destroyed epoch cannot be recomputed by who has the key folder and all ids', async (t) => {
  const dir = join(t.testdir({}), 'keys');
  const ring = openRing(dir, { prf: PRF, views: VIEWS, create: true });
  ring.control();
  for (const epoch of EPOCHS) ring.epoch(epoch);
  const handle = ring.epoch(GONE);
  const tokens = new Set(Array.from({ length: IDS }, (_, id) => hexOf(handle.counting.one(message(id)))));
  const before = keysIn(dir);
  t.ok(tries(before, tokens).won > 0, 'with the key it is easy: the game can be won');

  ring.destroy(GONE);
  const left = keysIn(dir);
  t.equal(left.length, before.length - 1 - VIEWS.length, 'the keys of the epoch are gone, and no other');
  const { tried, won } = tries(left, tokens, 1e6);
  t.ok(tried >= 1e6, `${tried} tokens tried`);
  t.equal(won, 0);
  t.throws(() => handle.counting.one(message(0)), KeyError, 'nor does a handle that somebody still holds');
  t.throws(() => openRing(dir, { prf: PRF, views: VIEWS, create: true }).epoch(GONE), KeyError, 'and it is never made again');
});

/** Tokens that come out again, over keys and ids, and over keys that are guessed from those that are left. */
function tries(keys: readonly Buffer[], tokens: ReadonlySet<string>, atLeast = 0): { readonly tried: number; readonly won: number } {
  let tried = 0;
  let won = 0;
  for (let round = 0; round === 0 || tried < atLeast; round++)
    for (const key of keys) {
      const guess = Buffer.from(key);
      // Keys made of one another, if they were: this one with a few bits changed.
      guess.writeUInt32BE((guess.readUInt32BE(0) ^ round) >>> 0, 0);
      const prf = createPrf(PRF, guess);
      for (let id = 0; id < IDS; id++, tried++) if (tokens.has(hexOf(prf.one(message(id))))) won++;
    }
  return { tried, won };
}
