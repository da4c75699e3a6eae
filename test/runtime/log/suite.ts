import type { Test } from 'tap';
import type { Log, Transaction } from '../../../src/model/log.ts';

/** A log under test, and what of it a reader sees. */
export interface Subject {
  readonly log: Log;
  /** Lines of quarantine that a reader of the result sees; null while there is no result. */
  visible(): Promise<readonly string[] | null>;
  /** Makes the result whole, for a log that is seen as a whole only. */
  complete(): Promise<void>;
  /** Another owner of the same log; null where there is never a second one. */
  successor: (() => Promise<Log>) | null;
}

/** How many source partitions and records every log under test holds. */
export interface Contents {
  readonly sources: number;
  readonly records: number;
}

export const transaction = (line: string, more: Partial<Transaction> = {}): Transaction => ({
  outputs: [],
  quarantine: [line],
  lineage: [],
  audit: [],
  held: [],
  ledger: null,
  ...more,
});

/** A transaction as a durable log gets it: with an entry of the ledger. */
const step = (line: string, held: readonly string[] = []): Transaction =>
  transaction(line, { ledger: Buffer.from(line), held: held.map((text) => Buffer.from(text)) });

const opened = async (log: Log): Promise<Log> => {
  await log.recover();
  return log;
};

/** Fetches until every position has reached the high watermark that it had at the start; gives offsets by source, as they came. */
const readAll = async (log: Log): Promise<ReadonlyMap<number, readonly number[]>> => {
  const sources = await log.sources();
  const ends = new Map<number, number>();
  for (const { source } of sources) ends.set(source, await log.highWatermark(source));
  const offsets = new Map<number, number[]>(sources.map(({ source }) => [source, []]));
  while ([...ends].some(([source, end]) => log.position(source) < end))
    for (const batch of await log.fetch()) offsets.get(batch.source)?.push(...batch.offset);
  return offsets;
};

const heldOf = async (log: Log, from: number): Promise<string[]> => {
  const texts: string[] = [];
  for await (const { bytes } of log.held(from)) texts.push(Buffer.from(bytes).toString());
  return texts;
};

const reading = (t: Test, open: () => Promise<Subject>, { sources, records }: Contents): void => {
  t.test('sources are known before the first fetch and positions reach the high watermark', async (t) => {
    const log = await opened((await open()).log);
    t.equal((await log.sources()).length, sources);
    const read = await readAll(log);
    t.equal([...read.values()].flat().length, records);
    for (const { source } of await log.sources()) {
      const end = await log.highWatermark(source);
      t.equal(log.position(source), end);
      t.equal(await log.lastStableOffset(source), end, 'nothing is unsettled');
    }
    await log.abort();
  });

  t.test('each partition keeps its order', async (t) => {
    const log = await opened((await open()).log);
    for (const offsets of (await readAll(log)).values())
      t.strictSame(
        offsets,
        [...new Set(offsets)].sort((a, b) => a - b),
      );
    await log.abort();
  });
};

const writing = (t: Test, open: () => Promise<Subject>): void => {
  t.test('what was appended is visible when it is complete, in order', async (t) => {
    const subject = await open();
    await opened(subject.log);
    await subject.log.append(transaction('one'));
    await subject.log.append(transaction('two'));
    await subject.log.close();
    await subject.complete();
    t.strictSame(await subject.visible(), ['one', 'two']);
  });
};

const owning = (t: Test, open: () => Promise<Subject & { successor: NonNullable<Subject['successor']> }>): void => {
  t.test('a newer owner fences the older one, which leaves nothing behind', async (t) => {
    const { log: zombie, successor, visible } = await open();
    await opened(zombie);
    await zombie.append(step('before'));
    const owner = await successor();
    t.strictSame(await owner.recover(), Buffer.from('before'));
    await owner.append(step('owner'));
    await t.rejects(zombie.append(step('zombie', ['zombie'])), { name: 'TransportError', code: 'fenced', canRetry: false });
    await owner.append(step('after'));
    t.strictSame(await visible(), ['before', 'owner', 'after']);
    t.strictSame(await heldOf(owner, 0), []);
    await zombie.abort();
    await owner.close();
  });

  t.test('a newer owner finds the last entry of the ledger, and what is held', async (t) => {
    const { log: first, successor } = await open();
    t.equal(await first.recover(), null, 'a ledger that begins');
    const { heldNext } = await first.append(step('one', ['a', 'b']));
    const later = await first.append(step('two', ['c']));
    t.ok(later.heldNext > heldNext, 'offsets grow');
    t.equal((await first.append(step('three'))).heldNext, later.heldNext, 'nothing was held');
    const owner = await successor();
    t.strictSame(await owner.recover(), Buffer.from('three'));
    t.strictSame(await heldOf(owner, 0), ['a', 'b', 'c']);
    t.strictSame(await heldOf(owner, heldNext), ['c'], 'from an offset on');
    t.strictSame(await heldOf(owner, later.heldNext), []);
    await first.abort();
    await owner.close();
  });

  t.test('reading goes on where it was sought to', async (t) => {
    const { log } = await open();
    await opened(log);
    const before = await readAll(log);
    const [source, offsets] = [...before].find(([, all]) => all.length > 2) ?? [0, []];
    log.seek(source, offsets[1]);
    t.equal(log.position(source), offsets[1]);
    t.strictSame((await readAll(log)).get(source), offsets.slice(1), 'that partition from there on');
    await log.close();
  });
};

/** What every log does alike (model/log.ts). */
export const conformance = (t: Test, open: () => Promise<Subject>, contents: Contents): void => {
  reading(t, open, contents);
  writing(t, open);
};

/** What a log with several owners, one after another, does alike. */
export const durableConformance = (t: Test, open: () => Promise<Subject & { successor: NonNullable<Subject['successor']> }>): void =>
  owning(t, open);
