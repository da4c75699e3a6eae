/** Kinds of an element, by the low two bits of its tag (Snappy compressed format description, 2). */
const LITERAL = 0;
const NEAR = 1;

/** The length that a block announces, a varint of at most 32 bits, and where its elements begin. */
const announced = (bytes: Buffer, start: number, end: number): { readonly length: number; readonly at: number } => {
  let length = 0;
  for (let i = 0; i < 5 && start + i < end; i++) {
    const byte = bytes[start + i];
    length += (byte & 127) * 2 ** (7 * i);
    if (byte < 128) return { length, at: start + i + 1 };
  }
  throw new RangeError('a block without a length');
};

/**
 * Unpacks one Snappy block of at most `maxBytes`. Throws for anything that is no such block: offsets that point nowhere, lengths
 * that do not fit, an end that is not the announced one. (The packages for it hang on crafted lengths, or fill up with zeros.)
 */
export const unsnappy = (bytes: Buffer, start: number, end: number, maxBytes: number): Buffer => {
  const { length, at: first } = announced(bytes, start, end);
  if (length > maxBytes) throw new RangeError('more than allowed');
  const out = Buffer.alloc(length);
  let used = 0;
  for (let at = first; at < end; ) {
    const tag = bytes[at++];
    const kind = tag & 3;
    if (kind === LITERAL) {
      const extra = Math.max(0, (tag >> 2) - 59);
      if (at + extra > end) throw new RangeError('a literal that ends in the middle');
      const count = (extra === 0 ? tag >> 2 : bytes.readUIntLE(at, extra)) + 1;
      at += extra;
      if (count > end - at || count > length - used) throw new RangeError('a literal that does not fit');
      used += bytes.copy(out, used, at, at + count);
      at += count;
      continue;
    }
    const width = kind === NEAR ? 1 : kind === 2 ? 2 : 4;
    if (at + width > end) throw new RangeError('a copy that ends in the middle');
    const count = kind === NEAR ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const distance = bytes.readUIntLE(at, width) + (kind === NEAR ? (tag >> 5) << 8 : 0);
    at += width;
    if (distance === 0 || distance > used || count > length - used) throw new RangeError('a copy that does not fit');
    // Byte by byte: a copy may read what it has just written.
    for (const until = used + count; used < until; used++) out[used] = out[used - distance];
  }
  if (used !== length) throw new RangeError('a block shorter than it says');
  return out;
};

/** First bytes of the framing that Java clients put around blocks (xerial), and where the first block begins. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const XERIAL_HEAD = 16;

/** Unpacks what Kafka calls snappy: one block as it is, or any number of them in xerial's framing. */
export const unsnappyFramed = (bytes: Buffer, maxBytes: number): Buffer => {
  if (!bytes.subarray(0, XERIAL.length).equals(XERIAL)) return unsnappy(bytes, 0, bytes.length, maxBytes);
  const parts: Buffer[] = [];
  let left = maxBytes;
  for (let at = XERIAL_HEAD; at < bytes.length; ) {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0 || length > bytes.length - at) throw new RangeError('a block that does not fit');
    const part = unsnappy(bytes, at, at + length, left);
    left -= part.length;
    parts.push(part);
    at += length;
  }
  return Buffer.concat(parts);
};
