/**
 * What can go wrong with registered datasets: meaning, remedy, and how a command ends (sysexits(3)). docs/codes.md is made from
 * this list.
 */
interface DatasetEntry {
  /** 65: the file of the dataset; 75: an index that has grown old; 78: policy, command line, folder of indexes. */
  readonly exit: 65 | 75 | 78;
  readonly meaning: string;
  readonly remedy: string;
}

const entry = (exit: DatasetEntry['exit'], meaning: string, remedy: string): DatasetEntry => ({ exit, meaning, remedy });

export const DATASET_CODES = {
  'dataset-unknown': entry(78, 'the policy declares no dataset of that name', 'name one that stands under `datasets` in the policy'),
  'dataset-format': entry(
    65,
    'the file is neither CSV, NDJSON nor Parquet by its name',
    'name it .csv, .ndjson or .parquet; the first two may end in .gz',
  ),
  'dataset-unreadable': entry(65, 'the file cannot be read to its end, or not as what its name says', 'check the file'),
  'dataset-column-undeclared': entry(
    65,
    'the file has a column that the policy does not declare',
    'declare it; `role: drop` when it says nothing',
  ),
  'dataset-column-missing': entry(65, 'the file lacks a column that the policy declares', 'correct the file or the policy'),
  'dataset-column-doubled': entry(65, 'a column stands twice in the file', 'delete one'),
  'dataset-malformed': entry(
    65,
    'more than 0.1 % of the rows cannot be read',
    'correct the file: nobody guards persons whose rows are not read',
  ),
  'dataset-unmapped': entry(
    65,
    'under 98 % of the rows map',
    'correct the spellings or the ladders: a value must be one that devices send',
  ),
  'dataset-empty': entry(65, 'the file has no rows, and would guard nobody', 'check the file'),
  'datasets-not-given': entry(
    78,
    'the policy declares datasets, and nobody says where their indexes are',
    'name the folder: --datasets, or `datasets` in the configuration',
  ),
  'datasets-without-keys': entry(
    78,
    'indexes are given without the keys that open them',
    'name the key folder of `unjoin register` with --keys',
  ),
  'dataset-missing': entry(
    78,
    'there is no index of a dataset that the policy declares',
    'register it (unjoin register), or put back the index that the control log names',
  ),
  'dataset-unnamed': entry(
    78,
    'the policy names signers of dataset records, and no control record names an index of a dataset for it',
    'register it with --as and --key, or give the control log with --controls',
  ),
  'dataset-lost': entry(
    78,
    'the index that the control log names was given up, and everything that it guards is blocked',
    'register the dataset again, and name its index',
  ),
  'dataset-index-broken': entry(78, 'an index is torn or was changed', 'restore it, or register the dataset again'),
  'dataset-index-foreign': entry(
    78,
    'the index of a dataset was made for other columns, paths or ladders than those of the policy',
    'register the dataset again',
  ),
  'dataset-key-missing': entry(
    78,
    'the key folder has no key, or another one, for an index',
    'name the key folder that it was registered with',
  ),
  'dataset-stale': entry(75, 'a window ends after the age that its dataset may have', 'register the dataset again, then run again'),
} as const satisfies Record<string, DatasetEntry>;

export type DatasetCode = keyof typeof DATASET_CODES;

/** A dataset cannot be registered, or cannot guard. Its message holds names of the policy, numbers of rows and counts; no value. */
export class DatasetError extends Error {
  override readonly name = 'DatasetError';
  readonly code: DatasetCode;
  constructor(code: DatasetCode, message: string) {
    super(message);
    this.code = code;
  }
}
