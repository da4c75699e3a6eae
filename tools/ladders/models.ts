/**
 * Makes `ladders/model.csv` from a folder that holds the lists named in ladders/SOURCE.md:
 *
 *   node --import tsx tools/ladders/models.ts FOLDER > ladders/model.csv
 */
import { isProgram } from '../generated.ts';
import { countBy, groupBy } from './groups.ts';
import { type Model, readModels } from './sources.ts';

interface Row {
  readonly model: string;
  readonly series: string;
  readonly brand: string;
  readonly category: string;
}

/** What can stand in the table: plain text that is long enough not to be a common word, without a comma trick. */
const PLAIN = /^[!-~](?:[ -~]{1,46}[!-~])$/;

/** Spellings that mean one thing to a ladder: it looks values up without case and with single spaces. */
const keyOf = (model: string): string => model.toLowerCase().replace(/\s+/g, ' ');

/** Models that one brand and category alone has; a code that two brands use says neither. */
const unambiguous = (models: readonly Model[]): Model[] => {
  const owners = groupBy(models, ({ model }) => keyOf(model));
  return [...owners.values()]
    .filter((same) => new Set(same.map(({ brand, category }) => `${brand} ${category}`)).size === 1)
    .map((same) => same[0])
    .filter(({ model }) => PLAIN.test(model) && model.length >= 4 && !/[*"]/.test(model));
};

/** `SM-G973F` gives `SM-G9`, `Pixel 6a` gives `Pixel 6`, `9290012573A` gives `9290`: letters and the first digits of a code. */
export const prefixOf = (model: string, brand: string): string => {
  const code =
    model.toLowerCase().startsWith(brand.toLowerCase()) && /[ _-]/.test(model[brand.length] ?? '') ? model.slice(brand.length + 1) : model;
  const digits = /^\d{1,4}/.exec(code);
  if (digits !== null) return digits[0];
  return /^[A-Za-z]+(?:[-_. ][A-Za-z]+)?[-_. ]?\d?/.exec(code)?.[0].replace(/[-_. ]+$/, '') ?? code.slice(0, 3);
};

const shorterPrefixOf = (prefix: string): string => prefix.replace(/[-_. ]?\d$|[-_. ].*$/, '').slice(0, 3);

/** Names the series of models: a product line, else a code prefix that at least two models share, else the rest of the brand. */
const seriesOf = (models: readonly Model[]): ((model: Model) => string) => {
  const scope = ({ brand, category }: Model) => `${brand} ${category} `;
  const long = (model: Model) => (model.line === '' ? prefixOf(model.model, model.brand) : model.line);
  const short = (model: Model) => shorterPrefixOf(long(model));
  const longCounts = countBy(models, (model) => scope(model) + long(model));
  const shortCounts = countBy(models, (model) => scope(model) + short(model));
  return (model) => {
    if (model.line !== '' || (longCounts.get(scope(model) + long(model)) as number) > 1) return long(model);
    return short(model) !== '' && (shortCounts.get(scope(model) + short(model)) as number) > 1 ? short(model) : 'others';
  };
};

const rowsOf = (models: readonly Model[]): Row[] => {
  const series = seriesOf(models);
  const categories = new Map<string, Set<string>>();
  const name = (model: Model) => `${model.brand} ${series(model)}`;
  for (const model of models) categories.set(keyOf(name(model)), (categories.get(keyOf(name(model))) ?? new Set()).add(model.category));
  const spelling = new Map<string, string>();
  // One series is not two because codes differ in case. A series name that two categories use names its category, so that it determines it.
  return models.map((model) => {
    const full = categories.get(keyOf(name(model)))?.size === 1 ? name(model) : `${model.brand} ${model.category} ${series(model)}`;
    const known = spelling.get(keyOf(full));
    if (known === undefined) spelling.set(keyOf(full), full);
    return { model: model.model, series: known ?? full, brand: `${model.brand} ${model.category}`, category: model.category };
  });
};

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const modelCsv = (models: readonly Model[]): string => {
  const rows = rowsOf(unambiguous(models)).sort(
    (a, b) => compare(a.brand, b.brand) || compare(a.series, b.series) || compare(a.model, b.model),
  );
  const lines = rows.map(({ model, series, brand, category }) => [model, series, brand, category].map(cell).join(','));
  return ['model,series,brand,category', ...lines, '*,,,other', ''].join('\n');
};

if (isProgram(import.meta.url)) process.stdout.write(modelCsv(readModels(process.argv[2])));
