import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { invariant } from '../../model/invariant.ts';
import { type ControlKey, type EpochKeys, FIRST_CONTROL_KEY, KeyError, type Keys, type Prf } from '../../model/keys.ts';
import type { Plan } from '../../model/plan.ts';
import { destroyControlKey, openControlKey } from './control.ts';
import { openKeyFolder, readKeyFile, replaceKeyFile, withLock, writeKeyFile } from './files.ts';
import { createPrf, type ErasablePrf } from './prf.ts';
import { openPseudonymKey } from './pseudonym-keys.ts';
import { type EpochState, parseRing, type StoredEpoch, type StoredRing, VERSION } from './ring-file.ts';

export interface RingOptions {
  readonly prf: Plan['prf'];
  readonly views: readonly string[];
  /** Make a ring where there is none. */
  readonly create: boolean;
}

/**
 * A key ring in a folder. An epoch goes `staged` (made ahead of its time), `active` (first used), `retired` (closed: no
 * key is added any more, replay and audit still work), `destroyed` (keys gone, a tombstone stays so that it is never
 * made again). It may skip states but never goes back.
 */
export interface Ring extends Keys {
  /** State of an epoch as the file has it now; null when the ring does not know it. */
  state(epoch: number): EpochState | null;
  /** Epochs that the file has, rising. */
  epochs(): readonly number[];
  stage(epoch: number): void;
  retire(epoch: number): void;
  /** Destroys the keys of an epoch: in the file, and in every handle that this ring gave out. */
  destroy(epoch: number): void;
}

const KEY_BYTES = 32;
const ORDER: readonly EpochState[] = ['staged', 'active', 'retired', 'destroyed'];

const missing = (): KeyError => new KeyError('key-file-broken', 'a ring.json that unjoin wrote, in the key folder');
const destroyed = (): KeyError => new KeyError('key-destroyed', 'a key epoch that was not destroyed');
const noView = (): KeyError => new KeyError('key-file-broken', 'a key epoch with a key for each view of the policy');

const fresh = (): string => randomBytes(KEY_BYTES).toString('base64');

/** The epoch in a state at least as late as `state`; unless it is closed, with a key for every view. Keys that are there stay. */
const advanced = (known: StoredEpoch | undefined, state: EpochState, views: readonly string[]): StoredEpoch => {
  const later = known !== undefined && ORDER.indexOf(known.state) > ORDER.indexOf(state) ? known.state : state;
  if (later === 'destroyed') return { state: later };
  const { counting = fresh(), views: keys = {} } = known ?? {};
  const added = later === 'retired' ? [] : views.filter((view) => !Object.hasOwn(keys, view));
  return { state: later, counting, views: { ...keys, ...Object.fromEntries(added.map((view) => [view, fresh()])) } };
};

const isSame = (a: StoredEpoch | undefined, b: StoredEpoch): boolean =>
  a?.state === b.state && Object.keys(a.views ?? {}).length === Object.keys(b.views ?? {}).length;

/** A PRF that stops working, in everybody's hands, once its epoch is destroyed; its key leaves memory. */
const revocable = (prf: ErasablePrf): { readonly prf: Prf; revoke(): void } => {
  let live: ErasablePrf | null = prf;
  const use = (): Prf => {
    if (live === null) throw destroyed();
    return live;
  };
  return {
    prf: {
      batch: (bytes, start, length, count, out) => use().batch(bytes, start, length, count, out),
      one: (message) => use().one(message),
    },
    revoke() {
      live?.erase();
      live = null;
    },
  };
};

interface Handle {
  readonly keys: EpochKeys;
  revoke(): void;
}

const handleOf = (epoch: number, stored: StoredEpoch, options: RingOptions): Handle => {
  const open = (text: string | undefined) => {
    if (text === undefined) throw noView();
    const key = Buffer.from(text, 'base64');
    const handle = revocable(createPrf(options.prf, key));
    key.fill(0);
    return handle;
  };
  const counting = open(stored.counting);
  const views = new Map(options.views.map((view) => [view, open(stored.views?.[view])]));
  const view = (name: string): Prf => {
    const handle = views.get(name);
    if (handle === undefined) throw noView();
    return handle.prf;
  };
  return {
    keys: { epoch, counting: counting.prf, view },
    revoke: () => {
      for (const handle of [counting, ...views.values()]) handle.revoke();
    },
  };
};

const numbersOf = ({ epochs }: StoredRing): number[] =>
  Object.keys(epochs)
    .map(Number)
    .sort((a, b) => a - b);

const present = (ring: StoredRing | null): StoredRing => {
  if (ring === null) throw missing();
  return ring;
};

/**
 * Control keys, each read when somebody asks for it: most policies have no control log, and one that was made ready after this process
 * started is found when its windows begin.
 */
const lazyControls = (dir: string, options: RingOptions): Required<Pick<Keys, 'control' | 'destroyControl'>> => {
  const handles = new Map<number, { readonly of: ControlKey; readonly prf: Prf; revoke(): void }>();
  return {
    control(of = FIRST_CONTROL_KEY) {
      const known = handles.get(of.number);
      if (known?.of.commitment === of.commitment) return known.prf;
      const handle = { of, ...revocable(openControlKey(dir, options, of)) };
      handles.set(of.number, handle);
      return handle.prf;
    },
    destroyControl(number) {
      handles.get(number)?.revoke();
      handles.delete(number);
      destroyControlKey(dir, options.prf, number);
    },
  };
};

/**
 * Opens a key ring in a folder (`ring.json`, mode 0600). Keys of an epoch or view that the ring lacks are made of fresh
 * random bytes and are on disk before their handle is given out, so that nothing is ever decided under a key that a crash
 * could lose. The text of the keys is not kept in memory. Throws `KeyError`: `key-file-mode`, `key-file-broken`, and
 * from `epoch` `key-destroyed`.
 */
export const openRing = (dir: string, options: RingOptions): Ring => {
  openKeyFolder(dir);
  const path = join(dir, 'ring.json');
  const handles = new Map<number, Handle>();
  const load = (): StoredRing | null => {
    const text = readKeyFile(path);
    return text === null ? null : parseRing(text, options.prf);
  };
  const read = (): StoredRing => present(load());
  const write = (ring: StoredRing, save: (path: string, text: string) => void) => save(path, `${JSON.stringify(ring, null, 2)}\n`);
  const advance = (epoch: number, state: EpochState): StoredEpoch => {
    invariant(Number.isSafeInteger(epoch), 'key epochs are whole numbers');
    const next = (ring: StoredRing) => {
      const stored = advanced(ring.epochs[epoch], state, options.views);
      return { stored, isNew: !isSame(ring.epochs[epoch], stored) };
    };
    const { stored, isNew } = next(read());
    if (!isNew) return stored;
    return withLock(dir, () => {
      // Another process may have made the keys since; then those are taken.
      const ring = read();
      const { stored, isNew } = next(ring);
      const save = state === 'destroyed' ? replaceKeyFile : writeKeyFile;
      if (isNew) write({ ...ring, epochs: { ...ring.epochs, [epoch]: stored } }, save);
      return stored;
    });
  };

  if (load() === null) {
    if (!options.create) throw missing();
    withLock(dir, () => {
      if (load() === null) write({ version: VERSION, prf: options.prf, epochs: {} }, writeKeyFile);
    });
  }
  return {
    ...lazyControls(dir, options),
    period: (id) => openPseudonymKey(dir, options.prf, id),
    epoch(epoch) {
      const known = handles.get(epoch);
      if (known !== undefined) return known.keys;
      const stored = advance(epoch, 'active');
      if (stored.state === 'destroyed') throw destroyed();
      const handle = handleOf(epoch, stored, options);
      handles.set(epoch, handle);
      return handle.keys;
    },
    state: (epoch) => read().epochs[epoch]?.state ?? null,
    epochs: () => numbersOf(read()),
    stage: (epoch) => void advance(epoch, 'staged'),
    retire: (epoch) => void advance(epoch, 'retired'),
    destroy(epoch) {
      handles.get(epoch)?.revoke();
      handles.delete(epoch);
      advance(epoch, 'destroyed');
    },
  };
};
