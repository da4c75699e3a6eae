import { createHash } from 'node:crypto';
import type { DatasetPlan, DirectColumn, GuardAttribute, GuardPlan } from '../../model/dataset.ts';
import type { EventPlan, Plan, ViewPlan } from '../../model/plan.ts';
import { datasetAttributes } from '../../policy/datasets.ts';
import { parseDuration } from '../../policy/duration.ts';
import type { Policy, PolicyColumn, PolicyDataset } from '../../policy/shape.ts';

/** Raised when the same dataset would be indexed otherwise: canonicalisers, wildcards, the way in which persons are told. */
const BASIS_VERSION = 2;

/** Inputs of a policy's ladders beyond its own text: tables by path, and the table of addresses. */
export type LadderTexts = ReadonlyMap<string, string>;

/** Compiles the datasets of a policy that obeys the laws. */
export const compileDatasets = (
  policy: Policy,
  events: readonly EventPlan[],
  views: readonly ViewPlan[],
  prf: Plan['prf'],
  texts: LadderTexts,
): DatasetPlan[] =>
  Object.entries(policy.datasets ?? {}).map(([name, dataset]) => {
    const columns = Object.keys(dataset.columns);
    const guards = [...new Set(dataset.guards)].map((guard) =>
      guardOf(dataset, columns, views.find((view) => view.name === guard) as ViewPlan, events),
    );
    const kinds = Object.values(dataset.columns).map(kindOf);
    return {
      name,
      basis: basisOf(policy, name, dataset, guards, views, events, prf, texts),
      maxAgeMs: parseDuration(dataset.maxAge),
      columns,
      person: (dataset.person ?? []).map((column) => ({ column: columns.indexOf(column), kind: kinds[columns.indexOf(column)] ?? null })),
      direct: directOf(dataset, columns),
      guards,
    };
  });

const kindOf = (column: PolicyColumn): string | null => column.kind ?? null;

const guardOf = (dataset: PolicyDataset, columns: readonly string[], view: ViewPlan, events: readonly EventPlan[]): GuardPlan => {
  const event = events[view.event] as EventPlan;
  const attributes = datasetAttributes(dataset).flatMap(({ name, columns: held }): GuardAttribute[] => {
    const position = view.attributes.findIndex((index) => event.attributes[index]?.name === name);
    if (position < 0) return [];
    const { ladder } = event.attributes[view.attributes[position]] as EventPlan['attributes'][number];
    const inputs = ladder.inputs.map(({ axis }) => columns.indexOf(held.find((input) => input.axis === axis)?.column ?? ''));
    return [{ position, inputs, hasName: held.some(({ axis }) => axis === 'name') }];
  });
  return { view: view.index, kMap: dataset.kMap ?? view.k, attributes: attributes.sort((a, b) => a.position - b.position) };
};

/** Direct columns, a position in two columns as one, and attributes that are positions: exact ones join as well. */
const directOf = (dataset: PolicyDataset, columns: readonly string[]): DirectColumn[] => {
  const single: DirectColumn[] = [];
  const pairs = new Map<string, Map<string, number>>();
  for (const [name, column] of Object.entries(dataset.columns)) {
    const index = columns.indexOf(name);
    const isPositionAxis = column.axis === 'lat' || column.axis === 'lon';
    if (column.kind !== undefined && !(column.kind === 'position' && isPositionAxis)) single.push({ kind: column.kind, columns: [index] });
    const pair = 'attribute' in column ? `attribute ${column.attribute}` : column.kind === 'position' ? 'direct' : null;
    if (pair === null || !isPositionAxis) continue;
    pairs.set(pair, (pairs.get(pair) ?? new Map()).set(column.axis, index));
  }
  const positions = [...pairs.values()].map((axes) => ({ kind: 'position', columns: [axes.get('lat') ?? -1, axes.get('lon') ?? -1] }));
  return [...single, ...positions.filter((position) => !position.columns.includes(-1))];
};

const basisOf = (
  policy: Policy,
  name: string,
  { columns, person }: PolicyDataset,
  guards: readonly GuardPlan[],
  views: readonly ViewPlan[],
  events: readonly EventPlan[],
  prf: Plan['prf'],
  texts: LadderTexts,
): string => {
  const guarded = guards.map(({ view, attributes }) => {
    const { name, event, path, attributes: all } = views[view] as ViewPlan;
    const climbs = all.map((index) => [events[event]?.attributes[index]?.name, events[event]?.attributes[index]?.ladder.name]);
    return { name, path, climbs, attributes };
  });
  const basis = {
    version: BASIS_VERSION,
    name,
    columns: Object.entries(columns),
    person,
    guarded,
    prf,
    ladders: Object.entries(policy.ladders),
  };
  const hash = createHash('sha256').update(`unjoin dataset basis\n${JSON.stringify(basis)}`);
  // Every ladder of the policy, used or not: an index too many is registered again, never one too few.
  for (const path of [...texts.keys()].sort()) hash.update(`\n${path}\n${texts.get(path)?.length}\n${texts.get(path)}`);
  return hash.digest('hex');
};
