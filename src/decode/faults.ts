import { FAULTS, type FaultName, type Faults, type Stage } from '../model/fault.ts';

const byCode = new Map<number, { readonly name: FaultName; readonly stage: Stage }>(
  (Object.entries(FAULTS) as [FaultName, { code: number; stage: Stage }][]).map(([name, { code, stage }]) => [code, { name, stage }]),
);

/** Name and stage of a persisted fault code. Throws RangeError for a number that is none: a bug of the caller. */
export const faultOf = (code: number): { readonly name: FaultName; readonly stage: Stage } => {
  const found = byCode.get(code);
  if (found === undefined) throw new RangeError('not a fault code');
  return found;
};

/** Code of a fault, for columns. */
export const codeOf = (name: FaultName): number => FAULTS[name].code;

/** Collects the faults of one batch. */
export interface FaultList {
  add(record: number, name: FaultName, schema: number): void;
  addCode(record: number, code: number): void;
  done(): Faults;
}

export const createFaultList = (): FaultList => {
  const record: number[] = [];
  const code: number[] = [];
  const schema: number[] = [];
  const push = (at: number, value: number, known: number) => {
    record.push(at);
    code.push(value);
    schema.push(known);
  };
  return {
    add: (at, name, known) => push(at, codeOf(name), known),
    addCode: (at, value) => push(at, value, -1),
    done: () => ({ count: record.length, record: Int32Array.from(record), code: Uint8Array.from(code), schema: Int16Array.from(schema) }),
  };
};
