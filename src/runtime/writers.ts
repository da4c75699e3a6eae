import { sealingKeyOf } from '../control/sealing-key.ts';
import { faultOf } from '../decode/faults.ts';
import type { Faults } from '../model/fault.ts';
import { invariant } from '../model/invariant.ts';
import type { Keys } from '../model/keys.ts';
import type { SourcePartition } from '../model/log.ts';
import type { Plan } from '../model/plan.ts';
import type { SourceBatch } from '../model/record.ts';
import { HOUR_MS, MINUTE_MS, windowStart } from '../model/time.ts';
import { sealLineage } from '../record/lineage.ts';
import { sealQuarantine, sizeBucket } from '../record/quarantine.ts';
import { openSealSession, type SealRecipient, type SealSession } from '../record/seal.ts';
import { type AuditWriter, createAuditWriter } from './audit-writer.ts';
import type { Recipients } from './keys/recipients.ts';
import type { PendingRows } from './lineage-book.ts';
import type { Summary } from './summary.ts';

/** A combined-use period, and the X25519 public key to which its lineage is sealed, in base64. */
export interface PeriodKey {
  readonly id: string;
  readonly lineage: string;
}

/** Writes the records of what happened as lines: quarantine, lineage, audit. */
export interface Writers {
  /** Rows for the faults of a batch; counts them by name in the summary. */
  quarantine(batch: SourceBatch, faults: Faults, clockMs: number, summary: Summary): readonly string[];
  /** One sealed chunk of one (view, window), by its number there; of a period's window, to the key of the period. */
  lineage(rows: PendingRows, sources: readonly SourcePartition[], chunk: number, period?: PeriodKey | null): string;
  readonly audit: AuditWriter;
}

/** One key agreement serves many rows: a partition's minute of quarantine, a window of lineage. */
const createSessions = () => {
  const sessions = new Map<string, SealSession>();
  return {
    of(key: string, open: () => SealSession): SealSession {
      const session = sessions.get(key) ?? open();
      // Sessions of the past are let go; a key that comes back gets a new one.
      if (sessions.size > 1024) sessions.clear();
      sessions.set(key, session);
      return session;
    },
  };
};

const createLineageWriter = (plan: Plan, recipients: Recipients, task: number | undefined): Writers['lineage'] => {
  const sessions = createSessions();
  const recipientOf = (period: PeriodKey | null): SealRecipient => {
    if (period === null) return recipients.lineage;
    const publicKey = sealingKeyOf(period.lineage);
    invariant(publicKey !== null, 'a control record with a key that nothing can be sealed to is refused');
    return { ...recipients.lineage, publicKey };
  };
  return (pending, sources, chunk, period = null) => {
    const view = plan.views[pending.view];
    const key = `${view.name}:${pending.windowStartMs}:${period?.id ?? ''}`;
    const order = [...pending.source.keys()].sort((a, b) => pending.source[a] - pending.source[b] || pending.offset[a] - pending.offset[b]);
    const used = [...new Set(pending.source)].sort((a, b) => a - b);
    const place = new Map(used.map((source, index) => [source, index]));
    const rows = order.map((i) => ({
      source: place.get(pending.source[i]) as number,
      offset: pending.offset[i],
      verdict: pending.verdict[i],
      digest: pending.digest[i],
    }));
    const head = {
      ...{ view: view.name, windowStart: pending.windowStartMs, chunk },
      ...(task === undefined ? {} : { task }),
      ...(period === null ? {} : { period: period.id }),
    };
    return sealLineage(
      sessions.of(key, () => openSealSession(recipientOf(period), 'lineage')),
      head,
      used.map((source) => sources[source]),
      rows,
    );
  };
};

/** `task`: number of the task whose lines these are; left out where one task decides everything. */
export const createWriters = (plan: Plan, keys: Keys, recipients: Recipients, task?: number): Writers => {
  const sessions = createSessions();
  const openSession = (): SealSession => openSealSession(recipients.operator, 'quarantine');
  const fingerprints = plan.events.flatMap((event) => event.schemas.map((schema) => schema.fingerprint));
  return {
    quarantine(batch, faults, clockMs, summary) {
      const rows: string[] = [];
      const known = Number.isFinite(clockMs);
      for (let i = 0; i < faults.count; i++) {
        const record = faults.record[i];
        const fault = faultOf(faults.code[i]);
        const start = batch.recordStart[record];
        const bytes = batch.bytes.subarray(start, start + batch.recordLength[record]);
        const session = sessions.of(`${batch.source}:${known ? Math.floor(clockMs / MINUTE_MS) : ''}`, openSession);
        const head = {
          reason: fault.name,
          stage: fault.stage,
          hour: known ? windowStart(clockMs, HOUR_MS) : null,
          size: sizeBucket(bytes.length),
          schema: fingerprints[faults.schema[i]] ?? null,
        };
        rows.push(
          sealQuarantine(session, head, { topic: batch.topic, partition: batch.partition, offset: batch.offset[record], record: bytes }),
        );
        summary.faults[fault.name] = (summary.faults[fault.name] ?? 0) + 1;
      }
      return rows;
    },
    lineage: createLineageWriter(plan, recipients, task),
    audit: createAuditWriter(plan, keys, task),
  };
};
