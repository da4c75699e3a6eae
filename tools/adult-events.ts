/**
 * Turns the Adult census extract (ARX's `adult.csv`, `;` between fields, plain or .gz) into events for
 * `examples/adult/policy.yaml`: one person a line, all within one day.
 *
 *   node --import tsx tools/adult-events.ts adult.csv.gz > adult.ndjson
 */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

const path = process.argv[2];
const raw = readFileSync(path);
const [header, ...rows] = (path.endsWith('.gz') ? gunzipSync(raw) : raw)
  .toString('utf8')
  .trim()
  .split(/\r?\n/)
  .map((line) => line.split(';'));
const at = (row: string[], name: string): string => row[header.indexOf(name)];
const START_MS = 820_454_400_000; // 1996-01-01T00:00Z

const lines = rows.map((row, index) =>
  JSON.stringify({
    kind: 'person',
    personId: `person-${String(index).padStart(6, '0')}`,
    surveyedAt: START_MS + index * 1000,
    age: Number(at(row, 'age')),
    sex: at(row, 'sex'),
    race: at(row, 'race'),
    maritalStatus: at(row, 'marital-status'),
    education: at(row, 'education'),
    nativeCountry: at(row, 'native-country'),
    workclass: at(row, 'workclass'),
    occupation: at(row, 'occupation'),
    salary: at(row, 'salary-class'),
  }),
);
process.stdout.write(`${lines.join('\n')}\n`);
