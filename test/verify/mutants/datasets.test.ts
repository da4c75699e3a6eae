import { createHash } from 'node:crypto';
import t from 'tap';
import type { DatasetIndex, ReleasedTuples } from '../../../src/model/controls.ts';
import { formatReport, type Report, verifyRun } from '../../../src/verify/index.ts';
import type { Rows } from '../../attacks/registered.ts';
import type { Card } from '../../runtime/dataset/world.ts';
import { idsOf } from '../control/world.ts';
import { ALL, type Change, guardedRun, releasedModels, type Share, trueData, type World, worldOf } from './guarded.ts';

/** Runs of the real pipeline guarded by datasets, right and wrong, and what the checker says of them by the true data. */
const SHARES: readonly Share[] = [{ ...ALL, percent: 60 }, { ...ALL, percent: 20 }, ALL, { ...ALL, hasAllModels: false }]; // biome-ignore format: a line
/** A mistake shows only where it bites. */
const WORLDS = [3, 2, 1, 4, 8].flatMap((seed) => SHARES.map((share) => ({ seed, share })));
const HONEST = 12;

const said = (report: Report): string => formatReport(report).filter((line) => !/^I\d+\s+pass/.test(line)).join('\n'); // biome-ignore format: a line
const noteOf = ({ findings }: Report, wanted: string): string => findings.find(({ id }) => id === wanted)?.note ?? '';

t.setTimeout(600_000);

t.test('honest runs pass', async (t) => {
  let [joined, left] = [0, 0];
  for (const { seed, share } of WORLDS.slice(0, HONEST)) {
    const report = await verifyRun(await guardedRun(worldOf(seed, share)));
    t.same(idsOf(report, 'fail'), [], `seed ${seed}, ${share.percent} %: ${said(report)}`);
    t.ok(['I11', 'I12'].every((id) => (idsOf(report, 'pass') as string[]).includes(id)));
    const [, tuples, possible] = /cards: \d+ persons joined with (\d+) tuples of 1 view, (\d+) of them/.exec(noteOf(report, 'I11')) ?? [];
    left += Number(tuples);
    joined += Number(possible);
    t.match(noteOf(report, 'I12'), /cards: \d{3,} values looked for in \d+ that left/);
  }
  t.ok(left > 80, `${left} tuples`);
  t.ok(joined > 50, `${joined} of them are somebody's`);
});

t.test('what nobody gave does not pass', async (t) => {
  const world = worldOf(1);
  const inputs = await guardedRun(world);
  const none = await verifyRun({ ...inputs, datasets: undefined });
  t.match(noteOf(none, 'I11'), /^needs the true data of cards: --dataset cards=FILE/);
  const one = await verifyRun({ ...inputs, datasets: trueData(world.rows).slice(0, 1) });
  for (const report of [none, one]) for (const id of ['I11', 'I12'] as const) t.ok(idsOf(report, 'not-applicable').includes(id));
  t.match(noteOf(one, 'I11'), /^needs the true data of addresses/);
  const unmapped = { ...world.rows, cards: world.rows.cards.map((card, i): Card => (i % 20 === 0 ? { ...card, os: 'Plan 9' } : card)) };
  const other = await verifyRun({ ...inputs, datasets: trueData(unmapped) });
  t.match(noteOf(other, 'I11'), /fewer than 98 % of its rows map/);
  const unopened = await verifyRun({ ...inputs, lineageKey: null, datasets: trueData(world.rows) });
  t.same(idsOf(unopened, 'fail'), [], said(unopened));
  t.ok(idsOf(unopened, 'pass').includes('I11'), 'one task decided it, so what left is enough');
});

/** Answers as if what left were another thing. */
const withLeft =
  (change: (left: ReleasedTuples) => ReleasedTuples) =>
  (index: DatasetIndex): DatasetIndex => ({
    ...index,
    certain: (level, codes, left, upTo) => index.certain(level, codes, left && change(left), upTo),
    certainIn: (level, codes, subset, left, upTo) => index.certainIn?.(level, codes, subset, left && change(left), upTo) ?? 0,
  });

const ofCards = (change: (cards: readonly Card[]) => readonly Card[]) => (rows: Rows): Rows => ({ ...rows, cards: change(rows.cards) }); // biome-ignore format: a line

const RULE_4: Readonly<Record<string, Change>> = {
  'rule 4 ignored': { index: (index) => ({ ...index, possible: () => 0, possibleIn: () => 0 }) },
  'whoever possibly matches counted as certain': {
    index: (index) => ({
      ...index,
      certain: (level, codes) => index.possible(level, codes),
      certainIn: (level, codes, subset) => index.possibleIn?.(level, codes, subset) ?? 0,
    }),
  },
  'kMap one too low': { index: (index) => ({ ...index, kMap: index.kMap - 1 }) },
  'unlisted values taken for no match': {
    index: (index) => ({
      ...index,
      possible: (level, codes, upTo) => index.certain(level, codes, undefined, upTo),
      possibleIn: (level, codes, subset, upTo) => index.certainIn?.(level, codes, subset, undefined, upTo) ?? 0,
    }),
  },
  'persons counted who left finer': { index: withLeft(() => ({ has: () => false })) },
  'persons left out who left coarser, not finer': {
    index: withLeft((left) => ({ has: (level, codes, columns) => left.has(level + 1, codes, columns) })),
  },
  'only the first row of a person': {
    rows: ofCards((cards) => [...new Map([...cards].reverse().map((card) => [card['customer'], card])).values()]),
  },
  'each row a person': { rows: ofCards((cards) => cards.map((card, i) => ({ ...card, customer: `${card['customer']} ${i}` }))) },
  'half of the dataset': { rows: ofCards((cards) => cards.filter((_, i) => i % 2 === 0)) },
  'parts of tuples that nobody matches not looked at': { index: (index) => ({ ...index, possibleIn: () => 0 }) },
};

for (const [name, change] of Object.entries(RULE_4))
  t.test(`${name}: rejected by I11`, async (t) => {
    const isRejected = async ({ seed, share }: (typeof WORLDS)[number]): Promise<boolean> => {
      const report = await verifyRun(await guardedRun(worldOf(seed, share), change));
      return idsOf(report, 'fail').join() === 'I11' && /fewer than kMap persons/.test(noteOf(report, 'I11'));
    };
    let tried = 0;
    while (tried < WORLDS.length && !(await isRejected(WORLDS[tried]))) tried++;
    t.ok(tried < WORLDS.length, `in world ${tried + 1}`);
  });

/** A world in which somebody calls a device what a model is called that leaves. */
const labelled = async (world: World): Promise<World> => {
  const [model] = await releasedModels(await guardedRun(world));
  const label = ` ${model?.toUpperCase()}`;
  return { ...world, rows: { ...world.rows, cards: world.rows.cards.map((card, i): Card => (i === 5 ? { ...card, label } : card)) } };
};

t.test('rule 5 ignored: rejected by I12', async (t) => {
  const world = await labelled(worldOf(1));
  const honest = await verifyRun(await guardedRun(world));
  t.same(idsOf(honest, 'fail'), [], said(honest));
  const report = await verifyRun(await guardedRun(world, { direct: (index) => ({ ...index, has: () => false }) }));
  t.same(idsOf(report, 'fail'), ['I12'], said(report));
});

const reversed = (text: string): string => [...Buffer.from(text)].reverse().map((byte) => String.fromCharCode(byte)).join(''); // biome-ignore format: a line

const ENCODINGS: Readonly<Record<string, (id: string) => string>> = {
  plain: (id) => id,
  'upper case': (id) => id.toUpperCase(),
  hex: (id) => Buffer.from(id).toString('hex'),
  base64: (id) => Buffer.from(id).toString('base64'),
  base64url: (id) => Buffer.from(id).toString('base64url'),
  percent: (id) => [...Buffer.from(id)].map((byte) => `%${byte.toString(16)}`).join(''),
  'JSON escapes': (id) => [...id].map((char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'without separators': (id) => id.replaceAll('-', ''),
  md5: (id) => createHash('md5').update(id).digest('hex'),
  'sha1 in base64': (id) => createHash('sha1').update(id).digest('base64'),
  'sha256 of upper case': (id) => createHash('sha256').update(id.toUpperCase()).digest('hex'),
  'sha512, eight bytes of it': (id) => createHash('sha512').update(id).digest('hex').slice(0, 16),
};

for (const [name, write] of Object.entries(ENCODINGS))
  t.test(`a registered identifier in ${name} for a value: rejected by I12`, async (t) => {
    const world = worldOf(2);
    const id = String(world.rows.cards[3]?.['customer']);
    const line = (released: string, at: number): string =>
      at === 0 ? JSON.stringify({ ...JSON.parse(released), os: write(id) }) : released;
    const report = await verifyRun(await guardedRun(world, { line }));
    t.ok(idsOf(report, 'fail').includes('I12'), said(report));
    const harmless = (released: string, at: number): string =>
      at === 0 ? JSON.stringify({ ...JSON.parse(released), os: write(reversed(id)) }) : released;
    const other = await verifyRun(await guardedRun(world, { line: harmless }));
    t.notOk(idsOf(other, 'fail').includes('I12'), 'and nobody else is taken for somebody');
  });
