import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { REASONS } from '../../../src/model/verdict.ts';
import { decodeLedger, type LedgerEntry } from '../../../src/record/ledger.ts';
import type { KafkaSettings } from '../../../src/runtime/log/kafka/settings.ts';
import { lastValue, readToEnd } from '../../../src/runtime/log/kafka/whole.ts';
import { digestOf, type Fleet } from './fleet.ts';
import { asOperator, type Setup } from './setup.ts';

/** What the ledgers say together. */
export interface Ledgers {
  readonly entries: readonly LedgerEntry[];
  readonly read: number;
  readonly released: number;
  readonly blocked: number;
  /** Records that control records took away. */
  readonly denied: number;
  readonly quarantined: number;
  readonly noView: number;
  readonly windows: number;
  /** No window is open or decided. */
  readonly isClosed: boolean;
}

const lastEntry = async (settings: KafkaSettings, task: number): Promise<LedgerEntry | null> => {
  const last = await lastValue(settings, { topic: 'unjoin.ledger', partition: task });
  const entry = last === null ? null : decodeLedger(last);
  return entry?.ok === true ? entry.value : null;
};

/** Verdict bytes below this are levels that released (model/verdict.ts). */
const sumOf = (entries: readonly LedgerEntry[], isCounted: (verdict: number) => boolean): number =>
  entries.flatMap(({ views }) => views.flatMap(({ counts }) => counts)).reduce((sum, [verdict, count]) => sum + (isCounted(verdict) ? count : 0), 0); // biome-ignore format: a chain

export const readLedgers = async (settings: KafkaSettings, tasks: number, isReleased: (verdict: number) => boolean): Promise<Ledgers> => {
  const entries: LedgerEntry[] = [];
  for (let task = 0; task < tasks; task++) {
    const entry = await lastEntry(settings, task);
    if (entry !== null) entries.push(entry);
  }
  const sum = (of: (entry: LedgerEntry) => number): number => entries.reduce((total, entry) => total + of(entry), 0);
  return {
    entries,
    read: sum(({ counts }) => counts.read),
    noView: sum(({ counts }) => counts.noView),
    quarantined: sum(({ counts }) => counts.quarantined),
    released: sumOf(entries, isReleased),
    blocked: sumOf(entries, (verdict) => !isReleased(verdict)),
    denied: sumOf(entries, (verdict) => verdict === REASONS.consent.code || verdict === REASONS.erased.code),
    windows: sum(({ views }) => views.reduce((all, { windows }) => all + windows, 0)),
    isClosed: entries.length === tasks && entries.every(({ windows, decided }) => windows.length === 0 && decided.length === 0),
  };
};

/** Every record of the sources, by digest. */
export const readSources = async (
  settings: KafkaSettings,
  topics: readonly string[],
  partitions: number,
): Promise<ReadonlyMap<string, number>> => {
  const found = new Map<string, number>();
  for (const topic of topics)
    for (let partition = 0; partition < partitions; partition++)
      for await (const { value } of readToEnd(settings, { topic, partition }, 'earliest')) {
        const digest = digestOf(topic, value);
        found.set(digest, (found.get(digest) ?? 0) + 1);
      }
  return found;
};

/** Acknowledged records that are not there as often as they were acknowledged. */
export const lostOf = ({ acknowledged }: Fleet, found: ReadonlyMap<string, number>): number =>
  [...acknowledged].reduce((lost, [digest, count]) => lost + Math.max(0, count - (found.get(digest) ?? 0)), 0);

export interface Verified {
  readonly ok: boolean;
  readonly failed: readonly string[];
}

/** What `verify --json` prints: a report, or why there is none. */
interface Answer {
  readonly ok: boolean;
  readonly findings?: readonly { readonly id: string; readonly verdict: string }[];
  readonly error?: { readonly code: string };
}

/** The verdict of the independent checker, a program path of its own. */
export const verify = async (setup: Setup): Promise<Verified> => {
  const checker = spawn(process.execPath, asOperator(setup, 'verify', '--keys', join(setup.dir, 'keys'), '--json'), {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let json = '';
  checker.stdout.on('data', (chunk: Buffer) => {
    json += chunk;
  });
  await new Promise((resolve) => checker.on('close', resolve));
  if (json === '') return { ok: false, failed: ['the checker could not run'] };
  const { ok, findings, error } = JSON.parse(json) as Answer;
  if (findings === undefined) return { ok: false, failed: [`it could not run: ${error?.code ?? 'nobody knows why'}`] };
  return { ok, failed: findings.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id) };
};
