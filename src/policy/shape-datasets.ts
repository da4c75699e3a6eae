import { type Static, Type } from '@sinclair/typebox';
import { closedAs, duration, identifierKind, text } from './shape-parts.ts';

const ColumnShape = Type.Union([
  Type.Object(
    {
      attribute: text('attribute of the guarded views that it holds, spelled as devices send it'),
      axis: Type.Optional(text('which input of a ladder with several: lat, lon, name, version')),
      kind: Type.Optional(identifierKind('what it identifies besides: no outgoing value may equal it')),
    },
    closedAs('counted: how many persons match what leaves'),
  ),
  Type.Object(
    {
      role: Type.Union([Type.Literal('direct'), Type.Literal('drop')], {
        description: 'direct: no outgoing value may equal it; drop: not looked at',
      }),
      kind: Type.Optional(identifierKind('what a direct column identifies; chooses the canonical spelling')),
      axis: Type.Optional(text('of a position in two columns: lat, lon')),
    },
    closedAs('joins by itself, or is not looked at'),
  ),
]);

export const DatasetShape = Type.Object(
  {
    guards: Type.Array(text('view'), { minItems: 1, description: 'views whose releases the persons of the dataset must hide in' }),
    person: Type.Optional(
      Type.Array(text('column'), {
        minItems: 1,
        description: 'columns that are equal in all rows of one person; default: each row is a person',
      }),
    ),
    columns: Type.Record(Type.String(), ColumnShape, { description: 'every column of the file, by its name' }),
    kMap: Type.Optional(
      Type.Integer({ minimum: 1, description: "least persons that certainly match what leaves, if any could; default: the view's k" }),
    ),
    maxAge: duration('how long after the time that it is of a dataset may guard; windows that end later release nothing'),
  },
  closedAs('a personal dataset that somebody could join with what leaves'),
);

export type PolicyDataset = Static<typeof DatasetShape>;
export type PolicyColumn = Static<typeof ColumnShape>;
