/** What a dataset over the smart-home policy may have: a role each, by the name of its column. */
const ROLES = {
  customer: '{ role: direct, kind: account-id }',
  serial: '{ role: direct, kind: serial }',
  model: '{ attribute: model }',
  os: '{ attribute: os, axis: name }',
  version: '{ attribute: os, axis: version }',
  lat: '{ attribute: place, axis: lat }',
  lon: '{ attribute: place, axis: lon }',
  name: '{ role: drop }',
} as const;

type Column = keyof typeof ROLES;

export interface Declared {
  readonly guards: readonly string[];
  /** In the order of the file. */
  readonly columns: readonly Column[];
  /** Columns of these that nobody looks at. */
  readonly dropped?: readonly Column[];
  /** Left out: the view's k. */
  readonly kMap?: number;
  readonly maxAge?: string;
}

const DROP = '{ role: drop }';

/** The YAML of registered datasets by their names, to stand behind the smart-home policy: the customers are the persons. */
export const declared = (datasets: Readonly<Record<string, Declared>>): string => {
  const texts = Object.entries(datasets).map(([name, { guards, columns, dropped = [], kMap, maxAge = '7d' }]) =>
    [
      `  ${name}:`,
      `    guards: [${guards.join(', ')}]`,
      '    person: [customer]',
      '    columns:',
      ...columns.map((column) => `      ${column}: ${dropped.includes(column) ? DROP : ROLES[column]}`),
      ...(kMap === undefined ? [] : [`    kMap: ${kMap}`]),
      `    maxAge: ${maxAge}`,
      '',
    ].join('\n'),
  );
  return `\ndatasets:\n${texts.join('')}`;
};
