import type { FaultName } from '../model/fault.ts';
import type { Limits } from '../model/plan.ts';
import { compileGetter } from './json-get.ts';
import { readJson } from './json-read.ts';

/** Puts objects in the place of the texts that hold them; a fault when a text is none. */
export type Unpack = (value: unknown, limits: Limits) => FaultName | null;

const unpackOne = (path: string): Unpack => {
  const dot = path.lastIndexOf('.');
  const holderOf = dot < 0 ? (value: unknown) => value : compileGetter(path.slice(0, dot));
  const get = compileGetter(path);
  const name = path.slice(dot + 1);
  return (value, limits) => {
    const text = get(value);
    // Brokers that decode the text themselves send an object; whatever else it is, the schema refuses.
    if (typeof text !== 'string') return null;
    const bytes = Buffer.from(text, 'utf8');
    const read = readJson(bytes, 0, bytes.length, limits);
    if ('fault' in read) return read.fault;
    (holderOf(value) as Record<string, unknown>)[name] = read.value;
    return null;
  };
};

/** Compiles the unpacking of fields that hold JSON as text, each by itself within the limits; null when there are none. */
export const compileUnpack = (paths: readonly string[]): Unpack | null => {
  if (paths.length === 0) return null;
  const all = paths.map(unpackOne);
  return (value, limits) => {
    for (const unpack of all) {
      const fault = unpack(value, limits);
      if (fault !== null) return fault;
    }
    return null;
  };
};
