import type { IdentifierKind } from '../../policy/canonical/index.ts';
import { datasetAttributes } from '../../policy/datasets.ts';
import type { PolicyColumn, PolicyDataset } from '../../policy/shape.ts';
import type { Ladder } from '../ladders/index.ts';
import type { Rules, ViewRule } from '../rules.ts';

/** A dataset that the policy declares: what its columns are to the views that it guards. Columns are numbered as they are declared. */
export interface DatasetRule {
  readonly name: string;
  /** Columns that tell persons apart; none: each row is one. */
  readonly persons: readonly { readonly column: number; readonly kind: IdentifierKind | null }[];
  readonly direct: readonly DirectRule[];
  readonly guards: readonly GuardRule[];
}

/** Values that join by themselves: one column, or latitude and longitude. */
export interface DirectRule {
  readonly kind: IdentifierKind;
  readonly columns: readonly number[];
}

/** What a dataset knows of the tuples of one view. */
export interface GuardRule {
  readonly view: ViewRule;
  readonly kMap: number;
  /** Attributes of the tuple that it has. */
  readonly attributes: readonly GuardedAttribute[];
}

export interface GuardedAttribute {
  /** Where it stands in the view's tuple. */
  readonly position: number;
  readonly ladder: Ladder;
  readonly inputs: readonly { readonly axis: string; readonly column: number }[];
  /** Ladder level at each level of the view's path; `ladder.levels.length` is `*`. */
  readonly levels: readonly number[];
}

const kindOf = (column: PolicyColumn): IdentifierKind | null => column.kind ?? null;

const guardOf = (dataset: PolicyDataset, columns: readonly string[], view: ViewRule): GuardRule => ({
  view,
  kMap: dataset.kMap ?? view.k,
  attributes: view.attributes.flatMap(({ name, climb }, position): GuardedAttribute[] => {
    const own = datasetAttributes(dataset).find((attribute) => attribute.name === name);
    if (own === undefined) return [];
    const inputs = own.columns.map(({ axis, column }) => ({ axis, column: columns.indexOf(column) }));
    return [{ position, ladder: climb, inputs, levels: view.path.map((level) => level[position]) }];
  }),
});

const AXES = ['lat', 'lon'];

/** Columns that identify; and a position in two columns, whether it is there to join or to be climbed. */
const directOf = ({ columns }: PolicyDataset): DirectRule[] => {
  const all = Object.values(columns);
  const isHalf = (column: PolicyColumn): boolean =>
    AXES.includes(column.axis ?? '') && ('attribute' in column || column.kind === 'position');
  const single = all.flatMap((column, i): DirectRule[] => {
    const kind = kindOf(column);
    return kind === null || (kind === 'position' && isHalf(column)) ? [] : [{ kind, columns: [i] }];
  });
  const ofPosition = (column: PolicyColumn): string => ('attribute' in column ? `attribute ${column.attribute}` : '');
  const pairs = [...new Set(all.filter(isHalf).map(ofPosition))].flatMap((position): DirectRule[] => {
    const halves = AXES.map((axis) => all.findIndex((column) => isHalf(column) && column.axis === axis && ofPosition(column) === position));
    return halves.includes(-1) ? [] : [{ kind: 'position', columns: halves }];
  });
  return [...single, ...pairs];
};

/** The datasets of a policy, in its order. */
export const datasetRules = ({ policy, views }: Rules): DatasetRule[] =>
  Object.entries(policy.datasets ?? {}).map(([name, dataset]) => {
    const columns = Object.keys(dataset.columns);
    return {
      name,
      persons: (dataset.person ?? []).map((column) => ({ column: columns.indexOf(column), kind: kindOf(dataset.columns[column]) })),
      direct: directOf(dataset),
      guards: views.filter((view) => dataset.guards.includes(view.name)).map((view) => guardOf(dataset, columns, view)),
    };
  });
