/** Every issue that the author of a ladder can meet: what it means and what to do. */
interface Entry {
  readonly severity: 'error' | 'warning';
  readonly meaning: string;
  readonly remedy: string;
}

const error = (meaning: string, remedy: string): Entry => ({ severity: 'error', meaning, remedy });

export const LADDER_ISSUES = {
  'ladder-unknown-technique': error('the ladder names no technique', 'use one of the techniques in docs/ladders.md'),
  'ladder-bad-levels': error('the levels of a ladder are not some of those that its technique has, finest first', 'correct the levels'),
  'ladder-bad-edges': error('the edges of a ladder are not rising finite numbers', 'write the edges in rising order, each once'),
  'ladder-bad-families': error('the families of a version ladder cannot be told apart', 'write each family once, as plain text'),
  'ladder-bad-top': error('the top list of a language ladder does not fit', 'list primary languages such as en, de'),
  'ladder-unreadable': error('a ladder file cannot be read', 'check the path, relative to the policy'),
  'ladder-too-large': error('a ladder file or cell is larger than any ladder', 'split or shorten it'),
  'ladder-csv': error(
    'a ladder file is not CSV (RFC 4180)',
    'quote cells that hold commas, quotes or line breaks, and double the quotes in them',
  ),
  'ladder-header': error(
    'the first line of a ladder file does not name its levels',
    'name the levels: finest first, each once, letters first',
  ),
  'ladder-row-width': error('a row has more or fewer cells than the header', 'write one cell for each level'),
  'ladder-bad-cell': error(
    'a cell holds what no released value may hold',
    'use plain text without `*`, control characters or blanks around it',
  ),
  'ladder-blank-cell': error('a blank cell where a value must stand', 'fill it; only the row `*` may have blanks, before its values'),
  'ladder-duplicate-value': error('a value stands twice, at least in another spelling', 'delete one of the rows'),
  'ladder-no-default': error('no row `*` says what unlisted values become', 'add a last row such as `*,,other`'),
  'ladder-not-a-function': error('a level does not determine the next one', 'give equal values equal next values'),
  'ladder-not-coarser': error('a level is no coarser than the one before', 'merge values, or leave the level out'),
  'ladder-empty': error('a ladder file lists no value', 'list the values that may leave'),
  'ladder-bad-ip-table': error('the offline IP table cannot be used', 'reinstall the package'),
} as const satisfies Record<string, Entry>;

export type LadderIssueCode = keyof typeof LADDER_ISSUES;
