import t from 'tap';
import { confinementBreaks, layerBreaks } from './rules/layers.ts';
import { say } from './rules/syntax.ts';
import { filesUnder, isTypeScript, read } from './rules/tree.ts';

const sources = filesUnder('src', isTypeScript).map((file) => ({ file, text: read(file) }));

t.test('every import goes down the layers', async (t) => {
  t.ok(sources.length > 10, 'there are sources to judge');
  t.same(
    sources.flatMap(({ file, text }) => layerBreaks(file, text).map(say)),
    [],
  );
});

t.test('pino lives in one file and kafkajs in one folder', async (t) => {
  t.same(confinementBreaks(sources), []);
});

t.test('the layer rule can fail', async (t) => {
  const planted: readonly (readonly [string, string, RegExp])[] = [
    ['src/model/x.ts', `import { y } from '../policy/y.ts';`, /model may not import src\/policy\/y\.ts/],
    ['src/gate/x.ts', `import type { Y } from '../transform/y.ts';`, /gate may not import/],
    ['src/decode/deep/x.ts', `export { y } from '../../encode/y.ts';`, /decode may not import/],
    ['src/record/x.ts', `import { y } from '../gate/y.ts';`, /record may not import/],
    ['src/plan.ts', `import { y } from './runtime/y.ts';`, /plan\.ts may not import/],
    ['src/pipeline.ts', `await import('./runtime/y.ts');`, /pipeline\.ts may not import/],
    ['src/runtime/x.ts', `import { y } from '../cli/y.ts';`, /runtime may not import/],
    ['src/runtime/x.ts', `import { y } from '../verify/y.ts';`, /runtime may not import/],
    ['src/verify/x.ts', `import { y } from '../transform/h3.ts';`, /verify may not import/],
    ['src/verify/x.ts', `import { y } from '../decode/decoder.ts';`, /verify may not import/],
    ['src/simulate/x.ts', `import { y } from '../policy/y.ts';`, /simulate may not import/],
    ['src/simulate/x.ts', `let y: import('../policy/y.ts').Y;`, /simulate may not import/],
    ['src/cli/x.ts', `import { y } from '../../test/y.ts';`, /outside src/],
    ['src/helpers/x.ts', `export const x = 1;`, /no layer/],
    ['src/cli/x.ts', `const m = 'a'; await import(m);`, /computed/],
    ['src/encode/x.ts', `import { brandReleased } from '../model/released.ts';`, /may not use brandReleased/],
    ['src/runtime/x.ts', `import { brandReleased as make } from '../model/released.ts';`, /may not use brandReleased/],
    ['src/runtime/x.ts', `import * as all from '../model/released.ts';`, /imports all of/],
    ['src/gate/x.ts', `import { brandCandidates } from '../model/candidate.ts';`, /may not use brandCandidates/],
  ];
  for (const [file, text, rule] of planted) t.match(layerBreaks(file, text).map(say).join('\n'), rule, `${file}: ${text}`);
});

t.test('the layer rule lets pass what is allowed', async (t) => {
  const allowed: readonly (readonly [string, string])[] = [
    ['src/verify/x.ts', `import { y } from '../decode/schema.ts';`],
    ['src/gate/x.ts', `import { brandReleased } from '../model/released.ts'; import { k } from './k.ts';`],
    ['src/transform/x.ts', `import { brandCandidates } from '../model/candidate.ts';`],
    ['src/record/candidate.ts', `import { brandCandidates } from '../model/candidate.ts';`],
    ['src/runtime/log/file/x.ts', `import { y } from '../../../encode/y.ts'; import fs from 'node:fs';`],
    ['src/model/x.ts', `// import { y } from '../policy/y.ts';\nexport const text = "from '../policy/y.ts'";`],
  ];
  for (const [file, text] of allowed) t.same(layerBreaks(file, text).map(say), [], `${file}: ${text}`);
});

t.test('the confinement rule can fail', async (t) => {
  const use = (file: string, name: string) => ({ file, text: `import x from '${name}';` });
  t.match(confinementBreaks([use('src/runtime/a.ts', 'pino'), use('src/runtime/b.ts', 'pino')]), [/pino belongs in one file/]);
  t.match(confinementBreaks([use('src/runtime/log/kafka/a.ts', 'kafkajs'), use('src/cli/b.ts', 'kafkajs/src/x.js')]), [/kafkajs belongs/]);
  t.same(confinementBreaks([use('src/runtime/log/kafka/a.ts', 'kafkajs'), use('src/runtime/log/kafka/b.ts', 'kafkajs')]), []);
});
