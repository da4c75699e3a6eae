import { DATASET_CODES } from '../src/model/dataset-error.ts';
import { FAULTS } from '../src/model/fault.ts';
import { REASONS } from '../src/model/verdict.ts';
import { ISSUES } from '../src/policy/codes.ts';
import { CHANGES } from '../src/policy/diff/codes.ts';
import { LADDER_ISSUES } from '../src/transform/technique/issues.ts';
import { type Generated, isProgram, write } from './generated.ts';

/** One line of a table: Markdown cells, with the bar that would end a cell escaped. */
const row = (...cells: readonly (string | number)[]): string =>
  `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;

const table = (header: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(...header), row(...header.map(() => '---')), ...rows.map((cells) => row(...cells))].join('\n');

const code = (name: string): string => `\`${name}\``;

const text = (): string => `# Codes

Generated from the registries (\`npm run schemas\`); a test holds this page to them. Names are stable, numbers are
persisted and never used again.

## Reasons: why a record was blocked

A reason means that the policy worked; nobody has to act. Verdict bytes 0 to 62 are releases at that path level, 63 is one
to the authorised output of a combined-use period.

${table(
  ['code', 'byte', 'meaning', 'what would let it pass'],
  Object.entries(REASONS).map(([name, entry]) => [code(name), entry.code, entry.meaning, entry.remedy]),
)}

## Faults: why a record went to quarantine

A fault is for the owner of the data: the record could not be read, so it was sealed and nothing of it passed.

${table(
  ['code', 'byte', 'stage', 'meaning', 'remedy'],
  Object.entries(FAULTS).map(([name, entry]) => [code(name), entry.code, entry.stage, entry.meaning, entry.remedy]),
)}

## Issues: why a policy does not load

An issue is for the author of the policy. It has a file, a line and a column; with an error the policy does not load
(exit 78), with warnings alone it does.

${table(
  ['code', 'severity', 'meaning', 'remedy'],
  Object.entries({ ...ISSUES, ...LADDER_ISSUES }).map(([name, entry]) => [code(name), entry.severity, entry.meaning, entry.remedy]),
)}

## Changes: what one policy is beside another

What \`unjoin policy diff\` tells. What loosens has to be accepted before a service takes the policy.

${table(
  ['code', 'kind', 'meaning'],
  Object.entries(CHANGES).map(([name, entry]) => [code(name), entry.kind, entry.meaning]),
)}

## Datasets: why one cannot be registered, or cannot guard

Codes of unjoin register, of runs whose policy declares datasets, and of unjoin verify with true data. Nothing is released, and
nothing is written.

${table(
  ['code', 'exit', 'meaning', 'remedy'],
  Object.entries(DATASET_CODES).map(([name, entry]) => [code(name), entry.exit, entry.meaning, entry.remedy]),
)}
`;

export const codesDoc = (): Generated => new Map([['docs/codes.md', text()]]);

if (isProgram(import.meta.url)) write(codesDoc());
