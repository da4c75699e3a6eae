export const STATEMENTS = {
  I1: 'each (record, view) is released once or blocked once, each output has one lineage entry',
  I2: 'windows are contiguous, gap-free, each closed once; the audit chain is whole and tells of every control record',
  I3: 'every released class has at least k distinct subjects of whom nothing left finer, by the raw data',
  I4: 'gateway and publisher rules hold where a view sets them',
  I5: 'every output equals the ladders applied to its input and has no other field',
  I6: 'nothing is released coarser, or kept back, whose finer class was released',
  I7: 'no identifier occurs in any output, in any encoding or unkeyed hash',
  I8: 'each pseudonym belongs to one class and one subject, and is no unkeyed digest',
  I9: 'per class at most `contribution` records of a subject; location budget; shared record counts',
  I10: 'the sensitive-field rule',
  I11: 'the registered-dataset rule on the true data',
  I12: 'no output value is in a direct index',
  I13: 'combined use as declared; what was recalled is gone',
  I14: 'no release against consent or erasure; no minor',
  I15: 'no output under a destroyed key',
  I16: 'every delay past the objective has an alarm',
  I17: 'window end as timestamp, fixed fields, order independent of the source',
  I18: 'a second run gives the same multiset',
  I19: 'conservation holds exactly',
} as const;

export type StatementId = keyof typeof STATEMENTS;

export interface Finding {
  readonly id: StatementId;
  readonly verdict: 'pass' | 'fail' | 'not-applicable';
  /** Violations. */
  readonly count: number;
  /** Where the first one is: topic:partition:offset, or view, window and level. Never a value. */
  readonly first: string | null;
  readonly note: string;
}

export interface Report {
  readonly findings: readonly Finding[];
  /** No statement failed. */
  readonly ok: boolean;
}

/** Collects violations; a statement passes when it was checked and nothing was found. */
export interface Findings {
  fail(id: StatementId, where: string, what: string): void;
  skip(id: StatementId, why: string): void;
  note(id: StatementId, text: string): void;
  report(): Report;
}

interface Entry {
  count: number;
  first: string | null;
  skipped: string | null;
  readonly what: Map<string, number>;
  readonly notes: string[];
}

const noteOf = (entry: Entry): string => {
  const kinds = [...entry.what].map(([what, count]) => `${what} (${count})`);
  return [...kinds, ...(entry.skipped === null ? [] : [entry.skipped]), ...entry.notes].join('; ');
};

export const createFindings = (): Findings => {
  const ids = Object.keys(STATEMENTS) as StatementId[];
  const entries = new Map(
    ids.map((id): [StatementId, Entry] => [id, { count: 0, first: null, skipped: null, what: new Map(), notes: [] }]),
  );
  const entry = (id: StatementId): Entry => entries.get(id) as Entry;
  return {
    fail(id, where, what) {
      const known = entry(id);
      known.count++;
      known.first ??= where;
      known.what.set(what, (known.what.get(what) ?? 0) + 1);
    },
    skip(id, why) {
      entry(id).skipped ??= why;
    },
    note(id, text) {
      entry(id).notes.push(text);
    },
    report() {
      const findings = ids.map((id): Finding => {
        const known = entry(id);
        const verdict = known.count > 0 ? 'fail' : known.skipped !== null ? 'not-applicable' : 'pass';
        return { id, verdict, count: known.count, first: known.first, note: noteOf(known) };
      });
      return { findings, ok: findings.every(({ verdict }) => verdict !== 'fail') };
    },
  };
};

/** One line per statement, for people. */
export const formatReport = (report: Report): string[] =>
  report.findings.map(({ id, verdict, count, first, note }) => {
    const result = verdict === 'fail' ? `fail  ${count} violation${count === 1 ? '' : 's'}, first at ${first}` : verdict.replace('-', ' ');
    const tail = note === '' ? '' : `  [${note}]`;
    return `${id.padEnd(4)}${result}  ${STATEMENTS[id]}${tail}`;
  });
