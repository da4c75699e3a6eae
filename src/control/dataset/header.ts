import { parseInstant } from '../../model/time.ts';

/** The clear part of an index file: what has to be known before its key is, and what a control record says of it. */
export interface IndexHeader {
  readonly name: string;
  /** Of what the content depends on; see `DatasetPlan.basis`. */
  readonly basis: string;
  readonly rows: number;
  readonly persons: number;
  /** Share of rows that map, in parts of a thousand, rounded down. */
  readonly mappedPermille: number;
  /** When the data were true, RFC 3339 in UTC. */
  readonly asOf: string;
  readonly keyId: string;
}

/** First byte of an index file. */
export const INDEX_VERSION = 1;
const LENGTH_BYTES = 4;
const MAX_HEADER_BYTES = 1 << 16;

/** Version, length and header: the bytes in front of the sealed body, which is bound to them. */
export const encodeHeader = (header: IndexHeader): Uint8Array => {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(1 + LENGTH_BYTES + text.length);
  bytes[0] = INDEX_VERSION;
  new DataView(bytes.buffer).setUint32(1, text.length);
  bytes.set(text, 1 + LENGTH_BYTES);
  return bytes;
};

const KEYS = ['name', 'basis', 'rows', 'persons', 'mappedPermille', 'asOf', 'keyId'];
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const isHeader = (value: unknown): value is IndexHeader => {
  if (typeof value !== 'object' || value === null || Object.keys(value).join() !== KEYS.join()) return false;
  const { name, basis, rows, persons, mappedPermille, asOf, keyId } = value as Record<string, unknown>;
  return (
    typeof name === 'string' &&
    /^[0-9a-f]{64}$/.test(String(basis)) &&
    isCount(rows) &&
    isCount(persons) &&
    isCount(mappedPermille) &&
    typeof asOf === 'string' &&
    Number.isFinite(parseInstant(asOf)) &&
    /^[0-9a-f]{16}$/.test(String(keyId))
  );
};

/** Reads the front of an index file: the header, and the bytes that the body is bound to; null when it is none. */
export const decodeHeader = (bytes: Uint8Array): { readonly header: IndexHeader; readonly front: Uint8Array } | null => {
  if (bytes.length < 1 + LENGTH_BYTES || bytes[0] !== INDEX_VERSION) return null;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  const end = 1 + LENGTH_BYTES + length;
  if (length > MAX_HEADER_BYTES || end > bytes.length) return null;
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(1 + LENGTH_BYTES, end)));
    return isHeader(header) ? { header, front: bytes.subarray(0, end) } : null;
  } catch {
    return null;
  }
};
