import { hash } from 'node:crypto';
import avro from 'avsc';
import fastJson from 'fast-json-stringify';
import { TOKEN_BYTES } from '../model/candidate.ts';
import { InvariantError, invariant } from '../model/invariant.ts';
import { STAR } from '../model/ladder.ts';
import type { Plan, ViewPlan } from '../model/plan.ts';
import type { Released } from '../model/released.ts';
import { authorisedSchema, type OutputSchema, outputJsonSchema, outputSchema } from './schema.ts';
import { createTexts } from './texts.ts';

/** Bytes of an output digest in lineage: the first of the SHA-256 of the record's Avro bytes. */
export const DIGEST_BYTES = 8;

/** Released records of one window of one view as they leave: both forms of each, in the order of `Released`. */
export interface Encoded {
  readonly view: number;
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  readonly count: number;
  /** One JSON object each, without a line end. */
  readonly json: readonly string[];
  /** One Avro datum each, without prefix: views over one buffer. */
  readonly avro: readonly Uint8Array[];
  /** DIGEST_BYTES a record. */
  readonly digest: Uint8Array;
}

export interface Encoder {
  /** Text of the view's Avro schema, as `<view>.avsc` holds it. */
  readonly avsc: string;
  /** Throws `InvariantError` when `released` is not of this view or cannot be written; nothing has left then. */
  encode(released: Released): Encoded;
}

type OutputRecord = Record<string, string | number>;

const RECORD_BYTES_GUESS = 128;

/** Text of a view's output schema file. */
export const schemaText = (plan: Plan, view: ViewPlan): string => `${JSON.stringify(outputSchema(plan, view), null, 2)}\n`;

/** Text of the schema of what leaves of subjects who authorised a combined-use period. */
export const authorisedSchemaText = (plan: Plan, view: ViewPlan): string => `${JSON.stringify(authorisedSchema(plan, view), null, 2)}\n`;

interface Form {
  readonly type: avro.Type;
  readonly stringify: (record: OutputRecord) => string;
}

const formOf = (view: ViewPlan, schema: OutputSchema): Form => ({
  type: guarded(view, () => avro.Type.forSchema(schema as unknown as avro.Schema)),
  stringify: guarded(view, () => fastJson(outputJsonSchema(schema))),
});

/** Makes the writer of one view's records. Records are built field by field from released codes; nothing is copied. */
export const createEncoder = (plan: Plan, view: ViewPlan): Encoder => {
  const ordinary = formOf(view, outputSchema(plan, view));
  let authorised: Form | null = null;
  const authorisedForm = (): Form => {
    // Few views ever need it.
    authorised ??= formOf(view, authorisedSchema(plan, view));
    return authorised;
  };
  return {
    avsc: schemaText(plan, view),
    encode: (released) => {
      checkReleased(view, released);
      return guarded(view, () => encodeAll(plan, view, released, released.isAuthorised ? authorisedForm() : ordinary));
    },
  };
};

/** Errors of the libraries quote values, so their text is dropped here and replaced by ours. */
const guarded = <T>(view: ViewPlan, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    throw error instanceof InvariantError ? error : new InvariantError(`view ${view.name}: a released record cannot be written`);
  }
};

const checkReleased = (view: ViewPlan, released: Released): void => {
  const { count } = released;
  invariant(released.view === view.index, `view ${view.name}: released records of another view`);
  invariant(released.windowEndMs - released.windowStartMs === view.windowMs, `view ${view.name}: a window of another length`);
  invariant(
    released.level.length === count &&
      released.codes.length === count * view.attributes.length &&
      released.sensitive.length === (view.sensitive === null ? 0 : count) &&
      released.pseudonym.length === (hasPseudonyms(view, released) ? count * TOKEN_BYTES : 0),
    `view ${view.name}: released columns of unequal length`,
  );
  invariant(
    !released.isAuthorised || (released.period !== null && released.level.every((level) => level === 0)),
    `view ${view.name}: what was authorised is of a period, and of level 0`,
  );
};

/** Class pseudonyms leave outside periods alone; in one, those of subjects who authorised it. */
const hasPseudonyms = ({ pseudonym }: ViewPlan, { period, isAuthorised }: Released): boolean =>
  isAuthorised || (pseudonym === 'class' && period === null);

const encodeAll = (plan: Plan, view: ViewPlan, released: Released, { type, stringify }: Form): Encoded => {
  const { count, windowStartMs, windowEndMs } = released;
  const fill = createFiller(plan, view, released);
  const record: OutputRecord = {};
  const json = new Array<string>(count);
  const ends = new Int32Array(count + 1);
  let bytes = Buffer.alloc(Math.max(RECORD_BYTES_GUESS, count * RECORD_BYTES_GUESS));
  for (let row = 0; row < count; row++) {
    fill(record, row);
    json[row] = flat(stringify(record));
    let end = type.encode(record, bytes, ends[row]);
    if (end < 0) {
      // avsc answers with minus the number of bytes that were missing.
      bytes = Buffer.concat([bytes], Math.max(bytes.length * 2, bytes.length - end));
      end = type.encode(record, bytes, ends[row]);
    }
    ends[row + 1] = end;
  }
  const spans = json.map((_, row) => bytes.subarray(ends[row], ends[row + 1]));
  const digest = Buffer.alloc(count * DIGEST_BYTES);
  // A one-shot hash to hex text costs a third of one to a Buffer.
  for (let row = 0; row < count; row++) digest.write(hash('sha256', spans[row], 'hex'), row * DIGEST_BYTES, DIGEST_BYTES, 'hex');
  return { view: view.index, windowStartMs, windowEndMs, count, json, avro: spans, digest };
};

/**
 * The JSON writer returns a rope of its pieces; kept by the thousand, ropes cost the garbage collector more than all
 * writing does. Reading a rope as a number makes V8 lay it out as one string (measured: half of the time of a batch).
 */
const flat = (rope: string): string => {
  Number(rope);
  return rope;
};

/** Writes row after row into one record object, which both writers read before the next row overwrites it. */
const createFiller = (plan: Plan, view: ViewPlan, released: Released): ((record: OutputRecord, row: number) => void) => {
  const texts = createTexts(plan, view);
  const { names } = texts;
  const pseudonyms = Buffer.from(released.pseudonym.buffer, released.pseudonym.byteOffset, released.pseudonym.length);
  return (record, row) => {
    const level = released.level[row];
    invariant(level < view.path.length, `view ${view.name}: a level outside the path`);
    record['windowEnd'] = released.windowEndMs;
    record['level'] = level;
    for (let a = 0; a < names.length; a++) record[names[a]] = texts.attribute(a, level, released.codes[row * names.length + a]);
    if (view.sensitive !== null) record[view.sensitive.name] = texts.sensitive(released.sensitive[row]);
    if (hasPseudonyms(view, released)) record['pseudonym'] = pseudonyms.toString('hex', row * TOKEN_BYTES, (row + 1) * TOKEN_BYTES);
    else if (view.pseudonym === 'class') record['pseudonym'] = STAR;
  };
};
