import fc from 'fast-check';
import type { Test } from 'tap';
import type { Decoded } from '../../src/record/decoded.ts';
import { flips } from './golden.ts';

const ERRORS = ['unknown-version', 'malformed', 'unopenable'];

/** True when a refusal is one of ours, with nothing in it but its code. */
const isRefusal = (result: Decoded<unknown>): boolean => !result.ok && ERRORS.includes(result.error) && Object.keys(result).length === 2;

/**
 * The battery that every binary format goes through: no cut, grown, flipped or random bytes make the decoder throw, and
 * what it does take is exactly what the encoder writes, so that a value has one encoding. In a form whose last part is
 * "the rest", a cut or grown one is another value (and the seal around it keeps it whole).
 */
export const strict = <T>(
  t: Test,
  valid: Uint8Array,
  decode: (bytes: Uint8Array) => Decoded<T>,
  encode: (value: T) => Uint8Array,
  end: 'closed' | 'open' = 'closed',
): void => {
  t.ok(decode(valid).ok);
  const judge = (bytes: Uint8Array): boolean => {
    const result = decode(bytes);
    return result.ok ? Buffer.from(encode(result.value)).equals(bytes) : isRefusal(result);
  };
  const cut = end === 'closed' ? (bytes: Uint8Array) => isRefusal(decode(bytes)) : judge;
  for (let length = 0; length < valid.length; length++) if (!cut(valid.subarray(0, length))) t.fail(`cut to ${length}`);
  t.ok(cut(Buffer.concat([valid, Buffer.of(0)])), 'a byte more');
  for (const version of [0, 2, 255])
    t.same(decode(Buffer.concat([Buffer.of(version), valid.subarray(1)])), { ok: false, error: 'unknown-version' });
  for (const flipped of flips(valid)) if (!judge(flipped)) t.fail('a flipped byte', { bytes: flipped.toString('hex') });
  const splice = fc.tuple(fc.nat(valid.length), fc.nat(12), fc.uint8Array({ maxLength: 12 }));
  fc.assert(
    fc.property(splice, ([at, remove, insert]) =>
      judge(Buffer.concat([valid.subarray(0, at), insert, valid.subarray(Math.min(valid.length, at + remove))])),
    ),
    { numRuns: 500 },
  );
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => judge(Buffer.concat([valid.subarray(0, 1), bytes]))));
};

/** The same for lines of text: nothing that is not the very line is taken, whatever was done to it. */
export const strictLine = (t: Test, line: string, decode: (line: string) => Decoded<unknown>): void => {
  t.ok(decode(line).ok);
  const judge = (changed: string): boolean => changed === line || isRefusal(decode(changed));
  for (let at = 0; at < line.length; at++) {
    if (!judge(line.slice(0, at))) t.fail(`cut to ${at}`);
    if (!judge(line.slice(0, at) + line.slice(at + 1))) t.fail(`without character ${at}`);
    if (!judge(`${line.slice(0, at)} ${line.slice(at)}`)) t.fail(`with a space before character ${at}`);
  }
  for (const flipped of flips(Buffer.from(line)))
    if (!judge(flipped.toString('latin1'))) t.fail('a flipped byte', { line: flipped.toString('latin1') });
  for (const text of ['', '{}', 'null', '[]', `${line}\n`, `${line}${line}`, ` ${line}`]) t.ok(isRefusal(decode(text)));
  t.same(decode(line.replace('"v":1', '"v":2')), { ok: false, error: 'unknown-version' });
  fc.assert(fc.property(fc.json(), (json) => isRefusal(decode(json))));
};
