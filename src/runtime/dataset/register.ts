import { encodeBody } from '../../control/dataset/codec.ts';
import { createRegistrar, type Registered } from '../../control/dataset/register.ts';
import type { RecordOf } from '../../control/shape.ts';
import type { DatasetPlan } from '../../model/dataset.ts';
import { DatasetError } from '../../model/dataset-error.ts';
import type { Plan } from '../../model/plan.ts';
import { parseInstant } from '../../model/time.ts';
import { makeKeys, saveKeys } from './keys.ts';
import { readRows } from './rows.ts';
import { type StoredIndex, writeIndex } from './store.ts';

export interface Registration {
  readonly plan: Plan;
  readonly dataset: DatasetPlan;
  readonly input: string;
  /** Folder of keys. */
  readonly keys: string;
  /** Folder of indexes. */
  readonly index: string;
  /** When the data are true, ms since 1970. */
  readonly asOfMs: number;
  /** Looks at the file and writes nothing. */
  readonly isDry: boolean;
  readonly onRows?: (rows: number) => void;
}

/** What is told of a registration; `stored` is null when nothing was written. */
export interface RegistrationResult {
  readonly registered: Pick<Registered, 'rows' | 'persons' | 'mapped' | 'malformed'>;
  readonly stored: StoredIndex | null;
}

/** Rows of a thousand that must map, and of which at most one may be unreadable. */
const MAPPED_PERMILLE = 980;
const MALFORMED_PERMILLE = 1;

/** Refuses a file that would leave persons without a guard. */
const checkShares = ({ rows, mapped, malformed }: Registered): void => {
  if (rows === 0) throw new DatasetError('dataset-empty', 'at least one row');
  if (malformed * 1000 > rows * MALFORMED_PERMILLE)
    throw new DatasetError('dataset-malformed', `at most 0.1 % of rows that cannot be read; of ${rows} rows ${malformed} cannot`);
  if (mapped * 1000 < rows * MAPPED_PERMILLE)
    throw new DatasetError('dataset-unmapped', `98 % of rows whose values the ladders know; of ${rows} rows ${mapped} are`);
};

/**
 * Registers a dataset where it lies: reads its rows, and leaves an index that nobody can read without its key. No value of the
 * file goes anywhere else. The key is on disk before the index is, and neither is when the file is refused.
 *
 * Throws `DatasetError`.
 */
export const registerDataset = async (registration: Registration): Promise<RegistrationResult> => {
  const { plan, dataset, input, isDry, asOfMs } = registration;
  const { keys, bytes } = makeKeys(plan.prf);
  const registrar = createRegistrar(plan, dataset, keys.prf);
  for await (const block of readRows(input, dataset)) {
    registrar.add(block);
    registration.onRows?.(registrar.rows());
  }
  const registered = registrar.finish();
  checkShares(registered);
  if (isDry) return { registered, stored: null };
  saveKeys(registration.keys, keys.id, bytes);
  const { rows, persons, mapped } = registered;
  const header = {
    name: dataset.name,
    basis: dataset.basis,
    rows,
    persons,
    mappedPermille: Math.floor((mapped * 1000) / rows),
    asOf: new Date(asOfMs).toISOString(),
    keyId: keys.id,
  };
  const stored = writeIndex(registration.index, header, encodeBody(registered), keys.seal);
  bytes.fill(0);
  return { registered, stored };
};

/** What a control record says of a registration; whoever appends it adds number and signature. */
export const datasetRecord = ({ header: { name, basis, asOf, rows, persons }, digest }: StoredIndex): RecordOf<'dataset'> => ({
  kind: 'dataset',
  name,
  digest,
  basis,
  asOf: parseInstant(asOf),
  rows,
  persons,
});
