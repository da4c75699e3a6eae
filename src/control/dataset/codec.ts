import type { DatasetPlan } from '../../model/dataset.ts';
import type { Plan } from '../../model/plan.ts';
import { isBlock } from './bloom.ts';
import { chainWidth } from './climb.ts';
import { areSound, type Counts } from './counts.ts';
import type { Direct } from './direct.ts';
import type { Registered } from './register.ts';

/** What an index holds beneath its seal. */
export interface IndexBody {
  readonly direct: Direct;
  /** By guard of the dataset; null where it has no attributes of the view. */
  readonly counts: readonly (Counts | null)[];
}

/** The first thing of a body: how long everything behind it is. Int32 arrays are little-endian. */
interface Layout {
  readonly kinds: readonly string[];
  readonly blocks: readonly { readonly count: number; readonly bytes: number }[];
  readonly counts: readonly (null | { readonly chains: number; readonly profiles: number; readonly members: number })[];
}

const HEAD_BYTES = 4;

/** The arrays lie in memory as they lie in the file; a machine of the other order would need to turn them. */
const isLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);

/** A body as chunks that follow each other: nothing of it is copied. */
export const encodeBody = ({ direct, counts }: Pick<Registered, 'direct' | 'counts'>): Uint8Array[] => {
  if (!isLittleEndian) throw new RangeError('indexes are made on little-endian machines');
  const layout: Layout = {
    kinds: direct.kinds,
    blocks: direct.bloom.blocks.map(({ count, bits }) => ({ count, bytes: bits.length })),
    counts: counts.map((one) => one && { chains: one.chains.length, profiles: one.counts.length, members: one.members.length }),
  };
  const text = new TextEncoder().encode(JSON.stringify(layout));
  const head = new Uint8Array(HEAD_BYTES);
  new DataView(head.buffer).setUint32(0, text.length);
  const arrays = counts.flatMap((one) => (one === null ? [] : [one.chains, one.starts, one.members, one.counts]));
  return [head, text, ...direct.bloom.blocks.map(({ bits }) => bits), ...arrays.map(bytesOf)];
};

/** Reads a body of this dataset back; null when it is not one. Whoever calls has checked that nobody changed it. */
export const decodeBody = (bytes: Uint8Array, plan: Plan, dataset: DatasetPlan): IndexBody | null => {
  const reader = createReader(bytes);
  const layout = reader.layout();
  if (layout === null || layout.counts.length !== dataset.guards.length || !isLittleEndian) return null;
  const blocks = layout.blocks.map(({ count, bytes: length }) => ({ count, bits: reader.bytes(length) }));
  const counts = layout.counts.map((one, guard): Counts | null => {
    if (one === null) return null;
    return {
      width: chainWidth(plan, dataset.guards[guard]),
      chains: reader.int32(one.chains),
      starts: reader.int32(one.profiles + 1),
      members: reader.int32(one.members),
      counts: reader.int32(one.profiles),
    };
  });
  const areWhole = counts.every((one, guard) =>
    one === null ? dataset.guards[guard].attributes.length === 0 : dataset.guards[guard].attributes.length > 0 && areSound(one),
  );
  return reader.isAtEnd() && areWhole && blocks.every(isBlock) ? { direct: { kinds: layout.kinds, bloom: { blocks } }, counts } : null;
};

const createReader = (bytes: Uint8Array) => {
  let at = 0;
  let isShort = false;
  const take = (length: number): Uint8Array => {
    if (!(length >= 0 && at + length <= bytes.length)) isShort = true;
    if (isShort) return new Uint8Array(0);
    at += length;
    return bytes.subarray(at - length, at);
  };
  return {
    bytes: take,
    int32: (length: number): Int32Array => {
      const copy = take(4 * length).slice();
      return new Int32Array(copy.buffer, 0, copy.length / 4);
    },
    layout: (): Layout | null => {
      const head = take(HEAD_BYTES);
      if (isShort) return null;
      const text = take(new DataView(head.buffer, head.byteOffset).getUint32(0));
      try {
        return JSON.parse(new TextDecoder().decode(text)) as Layout;
      } catch {
        return null;
      }
    },
    isAtEnd: () => !isShort && at === bytes.length,
  };
};
