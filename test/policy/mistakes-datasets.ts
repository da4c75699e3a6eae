import type { IssueCode } from '../../src/policy/codes.ts';
import type { Mistake } from './mistakes.ts';

/** A dataset without a mistake. */
const DATASET = `datasets:
  accounts:
    guards: [usage, looks, presence]
    person: [customer]
    columns:
      customer: { role: direct, kind: account-id }
      model: { attribute: model, kind: other }
      os_name: { attribute: os, axis: name }
      os_version: { attribute: os, axis: version }
      lat: { attribute: place, axis: lat }
      lon: { attribute: place, axis: lon }
      notes: { role: drop }
    maxAge: 7d
`;

const VIEWS_START = 'views:\n  usage:\n';

/** The base policy with the dataset in which one thing is changed. */
export const withDataset = (from = '', to = ''): readonly [string, string] => [VIEWS_START, DATASET.replace(from, () => to) + VIEWS_START];

const datasetMistake = (code: IssueCode, from: string, to: string, fix: string): Mistake => {
  if (DATASET.split(from).length !== 2) throw new Error(`an edit must fit once: ${from}`);
  return [code, ...withDataset(from, to), fix];
};

export const DATASETS: readonly Mistake[] = [
  datasetMistake('dataset-bad-name', '  accounts:', '  «../accounts:', 'letters'),
  datasetMistake('dataset-view-unknown', 'looks, presence]', 'looks, «presense]', 'did you mean `presence`?'),
  datasetMistake('dataset-guard-idle', 'guards: [usage, looks, presence]\n    person: [customer]\n    columns:\n      customer: { role: direct, kind: account-id }\n      model: { attribute: model, kind: other }', 'guards: [usage, looks, presence, «sensors]\n    columns:\n      model: { attribute: model }', 'duration, sensors'),
  datasetMistake('dataset-attribute-unknown', '{ attribute: model, kind: other }', '{ attribute: «modle }', 'did you mean `model`?'),
  datasetMistake('dataset-attribute-unknown', '{ attribute: model, kind: other }', '{ attribute: «sensors }', 'use one of'),
  datasetMistake('dataset-attribute-time', '{ attribute: model, kind: other }', '{ attribute: «time }', 'role: drop'),
  datasetMistake('dataset-axis-unknown', 'axis: lat }', 'axis: «latt }', 'did you mean `lat`?'),
  datasetMistake('dataset-axis-unknown', '{ attribute: model, kind: other }', '{ attribute: model, axis: «name }', 'delete `axis`'),
  datasetMistake('dataset-axis-unknown', 'kind: account-id }', 'kind: account-id, axis: «x }', 'delete `axis`'),
  datasetMistake('dataset-axis-missing', '      os_name: { attribute: os, axis: name }\n      os_version', '      «os_version', 'axis: name'),
  datasetMistake('dataset-axis-missing', 'os_name: { attribute: os, axis: name }', '«os_name: { attribute: os }', 'name or version'),
  datasetMistake('dataset-axis-missing', 'notes: { role: drop }', '«notes: { role: direct, kind: position, axis: lat }', 'axis: lon'),
  datasetMistake('dataset-axis-doubled', 'notes: { role: drop }', '«notes: { attribute: model }', 'leave one'),
  datasetMistake('dataset-axis-doubled', 'notes: { role: drop }', 'notes: { role: direct, kind: position, axis: lat }\n      y: { role: direct, kind: position, axis: lon }\n      «x: { role: direct, kind: position, axis: lon }', 'leave one'),
  datasetMistake('dataset-kind', 'customer: { role: direct, kind: account-id }', '«customer: { role: direct }', 'add `kind`'),
  datasetMistake('dataset-kind', 'notes: { role: drop }', '«notes: { role: drop, kind: other }', 'alone'),
  datasetMistake('dataset-person-unknown', '[customer]', '[customer, «note]', 'did you mean `notes`?'),
  datasetMistake('dataset-kmap-low', '    maxAge: 7d', '    kMap: «12\n    maxAge: 7d', 'use 50'),
  datasetMistake('policy-wrong-value', 'kind: account-id', 'kind: «acount-id', 'did you mean `account-id`?'),
  ['policy-missing-key', VIEWS_START, DATASET.replace('    maxAge: 7d\n', '').replace('  accounts', '  «accounts') + VIEWS_START, 'add `maxAge`'],
  datasetMistake('policy-missing-key', 'notes: { role: drop }', '«notes: {}', 'attribute, role'),
]; // biome-ignore format: a table
