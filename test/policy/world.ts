import { readFileSync } from 'node:fs';
import type { Issue } from '../../src/model/issue.ts';
import type { Ladder, LadderInput } from '../../src/model/ladder.ts';
import { checkPolicy } from '../../src/policy/laws.ts';
import { parsePolicy } from '../../src/policy/parse.ts';
import type { PolicyLadder } from '../../src/policy/shape.ts';

const FOLDER = new URL('../fixtures/policies/', import.meta.url);

export const fixture = (name: string): string => readFileSync(new URL(name, FOLDER), 'utf8');

export const BASE = fixture('base.yaml');

const LEVELS: Readonly<Record<string, readonly string[]>> = {
  'model.csv': ['model', 'series', 'brand'],
  'operation.csv': ['operation', 'group', 'area'],
  'result.csv': ['result', 'class'],
  'theme.csv': ['theme'],
};

/** What the result table lists. */
const LISTED = ['ok', 'failed-pin'];

const ONE_TEXT: readonly LadderInput[] = [{ axis: '', kind: 'text' }];
const ONE_NUMBER: readonly LadderInput[] = [{ axis: '', kind: 'number' }];

/** Ladders as the techniques compile them, as far as laws look: levels, inputs, and whether a text is listed. */
const ladderOf = (name: string, spec: PolicyLadder): Ladder => {
  const make = (technique: string, levels: readonly string[], inputs: readonly LadderInput[]): Ladder => ({
    name,
    technique,
    levels,
    inputs,
    apply: ([column], _rows, _codes, first) => {
      first[0] = column.kind === 'text' && LISTED.includes(Buffer.from(column.bytes).toString()) ? 0 : levels.length;
    },
    text: () => '',
  });
  if ('table' in spec) return make('table', LEVELS[spec.table], ONE_TEXT);
  if ('h3' in spec)
    return make(
      'h3',
      spec.h3.map((level) => `r${level}`),
      [
        { axis: 'lat', kind: 'number' },
        { axis: 'lon', kind: 'number' },
      ],
    );
  if ('time' in spec) return make('time', spec.time, ONE_NUMBER);
  if ('count' in spec) return make('count', ['bucket'], [{ axis: '', kind: 'count' }]);
  if ('buckets' in spec) return make('buckets', ['bucket'], ONE_NUMBER);
  if ('language' in spec) return make('language', spec.language, ONE_TEXT);
  if ('ip' in spec) return make('ip', spec.ip, ONE_TEXT);
  const axes = ['version', 'name'].map((axis): LadderInput => ({ axis, kind: 'text', optional: true }));
  return make('version', spec.version, [{ axis: '', kind: 'text', optional: true }, ...axes]);
};

/** Everything that is wrong with a policy text, by shape or by law. `missing` files are not there to be read. */
export const check = (text: string, missing: readonly string[] = []): readonly Issue[] => {
  const { policy, locate, issues } = parsePolicy(text, 'policy.yaml');
  if (policy === null) return issues;
  const files = Object.values(policy.events).flatMap(({ schema }) => schema);
  const schemas = new Map(files.filter((file) => !missing.includes(file)).map((file) => [file, JSON.parse(fixture(file)) as unknown]));
  const specs = Object.entries(policy.ladders).filter(([name]) => !missing.includes(name));
  const ladders = new Map(specs.map(([name, spec]) => [name, ladderOf(name, spec)]));
  return [...issues, ...checkPolicy(policy, { file: 'policy.yaml', locate, schemas, ladders })];
};

/** Marks the place in an edit where the issue must be; it does not stay in the text. */
const MARK = '«';

/** Makes edits in the base policy: the text with the mistake, and the place that was marked. */
export const edited = (
  ...edits: readonly (readonly [from: string, to: string])[]
): { readonly text: string; readonly line: number; readonly column: number } => {
  let marked = BASE;
  for (const [from, to] of edits) {
    const count = BASE.split(from).length - 1;
    if (count !== 1) throw new Error(`an edit must fit once, this fits ${count} times: ${from}`);
    marked = marked.replace(from, () => to);
  }
  const parts = marked.split(MARK);
  if (parts.length !== 2) throw new Error(`an edit must have one mark: ${edits[0][1]}`);
  const before = parts[0].split('\n');
  return { text: parts.join(''), line: before.length, column: before[before.length - 1].length + 1 };
};
