import type { Attribute } from '../attributes.ts';
import { type DatasetAttribute, datasetAttributes, guardedAttributes } from '../datasets.ts';
import { DEFAULT_K, DEFAULT_PLACE_K } from '../defaults.ts';
import type { PolicyPath, Reporter } from '../report.ts';
import type { PolicyDataset } from '../shape.ts';
import { didYouMean } from '../suggest.ts';
import type { Facts } from './facts.ts';

/** Registered datasets: their columns mean what the fields of the guarded events mean, and each guard can say something. */
export const datasetLaws = (facts: Facts, reporter: Reporter): void => {
  for (const [name, dataset] of Object.entries(facts.policy.datasets ?? {})) {
    const at = ['datasets', name];
    checkName(name, at, reporter);
    checkKinds(dataset, at, reporter);
    checkPersons(dataset, at, reporter);
    checkGuards(dataset, at, facts, reporter);
    checkAttributes(dataset, at, facts, reporter);
  }
};

/** File names: the digest and an ending follow. */
const NAME = /^[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*$/;
const MAX_NAME = 100;

const checkName = (name: string, at: PolicyPath, reporter: Reporter): void => {
  if (NAME.test(name) && name.length <= MAX_NAME) return;
  reporter.report(
    'dataset-bad-name',
    at,
    'a dataset is a file; this name cannot be one',
    'use letters and digits, with single `-`, `_` or `.` between',
  );
};

const POSITION_AXES = ['lat', 'lon'];

const checkKinds = ({ columns }: PolicyDataset, at: PolicyPath, reporter: Reporter): void => {
  for (const [column, declared] of Object.entries(columns)) {
    if ('attribute' in declared) continue;
    const place = [...at, 'columns', column];
    const { role, kind, axis } = declared;
    if (role === 'drop' ? kind !== undefined || axis !== undefined : kind === undefined) {
      const fix = role === 'drop' ? 'write `role: drop` alone' : 'add `kind`: what the column identifies';
      reporter.report(
        'dataset-kind',
        place,
        `the column \`${column}\` is ${role}, and ${role === 'drop' ? 'is not looked at' : 'has no kind'}`,
        fix,
      );
    } else if (axis !== undefined && (kind !== 'position' || !POSITION_AXES.includes(axis))) {
      reporter.report(
        'dataset-axis-unknown',
        [...place, 'axis'],
        'only a position has axes: lat and lon',
        didYouMean(axis, POSITION_AXES, 'delete `axis`'),
        'value',
      );
    }
  }
  checkPosition(columns, at, reporter);
};

/** A position in two columns has both, each once. */
const checkPosition = (columns: PolicyDataset['columns'], at: PolicyPath, reporter: Reporter): void => {
  const axes = Object.entries(columns).flatMap(([column, declared]) =>
    'attribute' in declared || declared.kind !== 'position' || declared.axis === undefined ? [] : [{ column, axis: declared.axis }],
  );
  for (const wanted of POSITION_AXES) {
    const having = axes.filter(({ axis }) => axis === wanted);
    if (having.length > 1)
      reporter.report(
        'dataset-axis-doubled',
        [...at, 'columns', having[1]?.column ?? ''],
        `the position has \`${wanted}\` already`,
        'leave one of the columns',
      );
    const other = axes.find(({ axis }) => axis !== wanted && POSITION_AXES.includes(axis));
    if (having.length === 0 && other !== undefined)
      reporter.report(
        'dataset-axis-missing',
        [...at, 'columns', other.column],
        `the position lacks \`${wanted}\``,
        `add a column with \`axis: ${wanted}\``,
      );
  }
};

const checkPersons = ({ person = [], columns }: PolicyDataset, at: PolicyPath, reporter: Reporter): void => {
  for (const [index, column] of person.entries()) {
    if (Object.hasOwn(columns, column)) continue;
    const fix = didYouMean(column, Object.keys(columns), 'declare it among the columns; `role: drop` will do');
    reporter.report('dataset-person-unknown', [...at, 'person', index], `there is no column \`${column}\``, fix, 'value');
  }
};

const isDirect = (column: PolicyDataset['columns'][string]): boolean =>
  'attribute' in column ? column.kind !== undefined : column.role === 'direct';

const checkGuards = (dataset: PolicyDataset, at: PolicyPath, { policy, views }: Facts, reporter: Reporter): void => {
  const hasDirect = Object.values(dataset.columns).some(isDirect);
  const names = datasetAttributes(dataset).map(({ name }) => name);
  for (const [index, guard] of dataset.guards.entries()) {
    const place = [...at, 'guards', index];
    const view = views.find(({ name }) => name === guard);
    if (view === undefined) {
      reporter.report(
        'dataset-view-unknown',
        place,
        `there is no view \`${guard}\``,
        didYouMean(guard, Object.keys(policy.views), 'name a view'),
        'value',
      );
      continue;
    }
    const has = guardedAttributes(policy, guard);
    if (!hasDirect && !names.some((name) => has.has(name))) {
      const message = `the dataset has no attribute of \`${guard}\` and no direct column, so that it guards nothing there`;
      reporter.report('dataset-guard-idle', place, message, `declare a column with one of: ${[...has.keys()].join(', ')}`, 'value');
    }
  }
  checkKMap(dataset, at, views, reporter);
};

const checkKMap = ({ kMap, guards }: PolicyDataset, at: PolicyPath, views: Facts['views'], reporter: Reporter): void => {
  const guarded = views.filter(({ name }) => guards.includes(name));
  const k = Math.max(0, ...guarded.map(({ view, isPlace }) => view.k ?? (isPlace ? DEFAULT_PLACE_K : DEFAULT_K)));
  if (kMap === undefined || kMap >= k) return;
  reporter.report(
    'dataset-kmap-low',
    [...at, 'kMap'],
    `kMap is ${kMap}, below the k of a guarded view, ${k}`,
    `use ${k}, or leave it out`,
    'value',
  );
};

const checkAttributes = (dataset: PolicyDataset, at: PolicyPath, { policy, ladders }: Facts, reporter: Reporter): void => {
  const guarded = dataset.guards.map((guard) => guardedAttributes(policy, guard));
  // What a view lacks that is not there cannot be told.
  if (dataset.guards.some((guard) => !Object.hasOwn(policy.views, guard))) return;
  for (const attribute of datasetAttributes(dataset)) {
    const place = [...at, 'columns', attribute.columns[0]?.column ?? ''];
    const meant = guarded.flatMap((attributes) => attributes.get(attribute.name) ?? []);
    const [first] = meant;
    if (first === undefined) {
      const known = [...new Set(guarded.flatMap((attributes) => [...attributes.keys()]))];
      const fix = didYouMean(attribute.name, known, known.length === 0 ? 'write `role: drop`' : `use one of: ${known.join(', ')}`);
      reporter.report(
        'dataset-attribute-unknown',
        [...place, 'attribute'],
        `no guarded view has \`${attribute.name}\` in its path`,
        fix,
        'value',
      );
    } else if (meant.some(({ ladder }) => ladders.get(ladder)?.technique === 'time')) {
      reporter.report(
        'dataset-attribute-time',
        [...place, 'attribute'],
        `\`${attribute.name}\` is the time of an event`,
        'write `role: drop`',
        'value',
      );
    } else {
      // Views of several events may read an attribute by unequal axes: the first that does not fit is told.
      for (const one of meant) if (!checkAxes(attribute, one, [...at, 'columns'], reporter)) break;
    }
  }
};

/** A dataset has just the axes that the event has: with others its values would climb to other values than the event's. */
const checkAxes = (attribute: DatasetAttribute, meant: Attribute, at: PolicyPath, reporter: Reporter): boolean => {
  const axes = meant.inputs.map(({ axis }) => axis);
  const seen = new Set<string>();
  let isSound = true;
  for (const { column, axis } of attribute.columns) {
    const place = [...at, column];
    const named = axes.filter((one) => one !== '');
    if (!axes.includes(axis)) {
      isSound = false;
      if (axis === '')
        reporter.report(
          'dataset-axis-missing',
          place,
          `\`${meant.name}\` is read from several fields`,
          `add \`axis\`: ${named.join(' or ')}`,
        );
      else
        reporter.report(
          'dataset-axis-unknown',
          [...place, 'axis'],
          `\`${meant.name}\` has no axis \`${axis}\` in the events`,
          didYouMean(axis, named, named.length === 0 ? 'delete `axis`' : `use one of: ${named.join(', ')}`),
          'value',
        );
    } else if (seen.has(axis)) {
      isSound = false;
      reporter.report(
        'dataset-axis-doubled',
        place,
        `another column holds ${axis === '' ? 'the attribute' : `\`${axis}\``} already`,
        'leave one of the columns',
      );
    }
    seen.add(axis);
  }
  const missing = isSound ? axes.find((axis) => !seen.has(axis)) : undefined;
  if (missing === undefined) return isSound;
  const message = `\`${meant.name}\` is read from ${axes.map((axis) => `\`${axis}\``).join(' and ')}, and the dataset lacks \`${missing}\``;
  reporter.report('dataset-axis-missing', [...at, attribute.columns[0]?.column ?? ''], message, `add a column with \`axis: ${missing}\``);
  return false;
};
