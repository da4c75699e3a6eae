import t from 'tap';
import { formatReport, type Report, type StatementId, type VerifyInputs, type ViewRows, verifyRun } from '../../src/verify/index.ts';
import { toyRun } from './toy/run.ts';

const SEED = 'three';

const idsOf = (report: Report, wanted: string): StatementId[] =>
  report.findings.filter(({ verdict }) => verdict === wanted).map(({ id }) => id);

t.test('without keys only what needs none is judged', async (t) => {
  const keyless = (inputs: VerifyInputs): VerifyInputs => ({ ...inputs, lineageKey: null, operatorKey: null, ring: null, second: null });
  const report = await verifyRun(keyless(toyRun(SEED)));
  t.same(idsOf(report, 'fail'), [], formatReport(report).join('\n'));
  t.same(idsOf(report, 'pass'), ['I2', 'I7'], 'nothing is said to hold that was not checked');
  for (const [mutation, expected] of [
    ['audit-removed', 'I2'],
    ['id-in-log', 'I7'],
    ['extra-field', 'I5'],
    ['quarantine-lost', 'I19'],
  ] as const) {
    t.ok(idsOf(await verifyRun(keyless(toyRun(SEED, mutation))), 'fail').includes(expected), mutation);
  }
});

t.test('container outputs are judged as lines are', async (t) => {
  const inputs = toyRun(SEED);
  const asRecords = (name: string, extra: object): ViewRows => {
    const rows = inputs.outputs.view(name) as Extract<ViewRows, { kind: 'ndjson' }>;
    const schema: unknown = JSON.parse(inputs.outputs.avsc(name) as string);
    return { kind: 'avro', schema, records: [...(rows.lines as Iterable<string>)].map((line) => ({ ...JSON.parse(line), ...extra })) };
  };
  const withViews = (extra: object): VerifyInputs => ({
    ...inputs,
    outputs: { ...inputs.outputs, view: (name) => asRecords(name, extra) },
  });
  t.same(idsOf(await verifyRun(withViews({})), 'fail'), []);
  t.ok(idsOf(await verifyRun(withViews({ gateway: 'gw-0001-home' })), 'fail').includes('I5'));
});

t.test('what is missing fails', async (t) => {
  const inputs = toyRun(SEED);
  const none = (part: Partial<VerifyInputs['outputs']>): VerifyInputs => ({ ...inputs, outputs: { ...inputs.outputs, ...part } });
  t.ok(idsOf(await verifyRun(none({ view: () => null })), 'fail').includes('I5'), 'no views');
  t.ok(idsOf(await verifyRun(none({ avsc: () => null })), 'fail').includes('I5'), 'no schemas');
  t.ok(idsOf(await verifyRun(none({ lineage: () => [] })), 'fail').includes('I1'), 'no lineage');
  t.ok(idsOf(await verifyRun(none({ audit: () => [] })), 'fail').includes('I2'), 'no audit');
  t.ok(idsOf(await verifyRun(none({ summary: () => null })), 'fail').includes('I19'), 'no summary');
  t.ok(idsOf(await verifyRun(none({ quarantine: () => [] })), 'fail').includes('I19'), 'no quarantine');
  t.ok(idsOf(await verifyRun({ ...inputs, records: [] }), 'fail').includes('I1'), 'no source');
  await t.rejects(verifyRun({ ...inputs, policyText: 'unjoin: 2' }), 'a policy that does not load');
});

t.test('the report holds no value of the source', async (t) => {
  const inputs = toyRun(SEED, 'id-in-log');
  const report = await verifyRun(inputs);
  const text = JSON.stringify(report);
  const values = [...(inputs.records as Iterable<{ bytes: Uint8Array }>)].flatMap(
    ({ bytes }) =>
      Buffer.from(bytes)
        .toString()
        .match(/(dev|home)-[0-9a-f]+/g) ?? [],
  );
  t.ok(values.length > 100);
  t.same(
    values.filter((value) => text.includes(value)),
    [],
  );
});
