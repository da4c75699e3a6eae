import type { TextColumn } from '../../model/columns.ts';
import type { DatasetPlan, DirectColumn, RowBlock } from '../../model/dataset.ts';
import type { Prf } from '../../model/keys.ts';
import type { Plan } from '../../model/plan.ts';
import { addToBloom, createBloom } from './bloom.ts';
import { chainWidth, createClimber, WILDCARD } from './climb.ts';
import type { Counts } from './counts.ts';
import type { Direct } from './direct.ts';
import { type Collector, createCollector, createPersonNumbers } from './persons.ts';
import { directMessage, personMessage } from './values.ts';

/** What the rows of a dataset became. Nothing in it is a value: codes of ladders, counts, and bits under a key. */
export interface Registered {
  readonly rows: number;
  readonly persons: number;
  /** Rows of which every attribute was recognised. */
  readonly mapped: number;
  /** Rows that could not be read; they stand in the counts as persons of whom nothing is known. */
  readonly malformed: number;
  readonly direct: Direct;
  /** By guard; null for a guard without attributes. */
  readonly counts: readonly (Counts | null)[];
}

export interface Registrar {
  add(block: RowBlock): void;
  readonly rows: () => number;
  /** The registrar is used up. */
  finish(): Registered;
}

/**
 * Takes the rows of a dataset block by block. `prf` has a key that belongs to this registration alone: what it makes of
 * values can be compared with nothing else.
 */
export const createRegistrar = (plan: Plan, dataset: DatasetPlan, prf: Prf): Registrar => {
  const climb = createClimber(plan, dataset);
  const widths = dataset.guards.map((guard) => chainWidth(plan, guard));
  const collectors = widths.map((width) => (width === 0 ? null : createCollector(width)));
  const numbers = createPersonNumbers();
  const bloom = createBloom();
  const isGrouped = dataset.person.length > 0;
  let rows = 0;
  let mapped = 0;
  let malformed = 0;

  const addPersons = (block: RowBlock): void => {
    const { chains, mapped: isMapped } = climb(block);
    const tokens = isGrouped ? personTokens(dataset, block, prf) : null;
    for (let row = 0; row < block.count; row++) {
      const person = tokens === null ? -1 : numbers.of(tokens, row * TOKEN_BYTES);
      for (let guard = 0; guard < collectors.length; guard++) collectors[guard]?.add(person, chains[guard], row * widths[guard]);
      mapped += isMapped[row];
    }
  };

  return {
    rows: () => rows,
    add(block) {
      rows += block.count + block.malformed;
      malformed += block.malformed;
      addPersons(block);
      for (const column of dataset.direct) addDirect(bloom, column, block, prf);
      for (let i = 0; i < block.malformed; i++) for (const [guard, collector] of collectors.entries()) addUnknown(collector, widths[guard]);
    },
    finish() {
      const persons = isGrouped ? numbers.count() + malformed : rows;
      return {
        rows,
        persons,
        mapped,
        malformed,
        direct: { kinds: [...new Set(dataset.direct.map(({ kind }) => kind))], bloom },
        counts: collectors.map((collector) => collector?.finish(numbers.count()) ?? null),
      };
    },
  };
};

const TOKEN_BYTES = 16;

/** A person who could be anybody: even at `*` it is not certain that they are one more. */
const addUnknown = (collector: Collector | null, width: number): void => collector?.add(-1, new Int32Array(width).fill(WILDCARD), 0);

const utf8 = new TextDecoder();

const textOf = (column: TextColumn, row: number): string | null => {
  const length = column.length[row];
  return length < 0 ? null : utf8.decode(column.bytes.subarray(column.start[row], column.start[row] + length));
};

/** PRF outputs of messages, 16 bytes each. The messages hold values and are wiped. */
const tokensOf = (messages: readonly Uint8Array[], prf: Prf): Uint8Array => {
  const length = Int32Array.from(messages, (message) => message.length);
  const start = new Int32Array(messages.length);
  for (let i = 1; i < messages.length; i++) start[i] = start[i - 1] + length[i - 1];
  const bytes = new Uint8Array(length.reduce((sum, one) => sum + one, 0));
  messages.forEach((message, i) => void bytes.set(message, start[i]));
  const out = new Uint8Array(messages.length * TOKEN_BYTES);
  prf.batch(bytes, start, length, messages.length, out);
  bytes.fill(0);
  return out;
};

const personTokens = ({ person }: DatasetPlan, block: RowBlock, prf: Prf): Uint8Array => {
  const kinds = person.map(({ kind }) => kind);
  const messages = Array.from({ length: block.count }, (_, row) =>
    personMessage(
      kinds,
      person.map(({ column }) => textOf(block.columns[column], row)),
    ),
  );
  return tokensOf(messages, prf);
};

const addDirect = (bloom: Direct['bloom'], { kind, columns }: DirectColumn, block: RowBlock, prf: Prf): void => {
  const messages: Uint8Array[] = [];
  for (let row = 0; row < block.count; row++) {
    const texts = columns.map((column) => textOf(block.columns[column], row));
    if (!texts.includes(null)) messages.push(directMessage(kind, texts.join(',')));
  }
  const tokens = tokensOf(messages, prf);
  for (let i = 0; i < messages.length; i++) addToBloom(bloom, tokens, i * TOKEN_BYTES);
};
