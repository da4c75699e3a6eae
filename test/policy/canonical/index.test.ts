import fc from 'fast-check';
import t from 'tap';
import { CANONICALISERS, canonicalise, type IdentifierKind, needsCanonical } from '../../../src/policy/canonical/index.ts';
import { IDENTIFIER_KINDS } from '../../../src/policy/shape.ts';

const kind = fc.constantFrom(...IDENTIFIER_KINDS);
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEF:-._ +()[]%/') }),
  fc.ipV4(),
  fc.ipV6(),
  fc.emailAddress(),
  fc.uuid(),
);
const encoder = new TextEncoder();

/** Spellings of one MAC address that firmware, tools and people use. */
const spellings = (hex: string): string[] => {
  const pairs = hex.match(/../g) as string[];
  const fours = hex.match(/..../g) as string[];
  const halves = hex.match(/.{6}/g) as string[];
  const lower = [
    pairs.join(':'),
    pairs.join('-'),
    pairs.join('.'),
    pairs.join(' '),
    pairs.join('_'),
    fours.join('.'),
    halves.join('-'),
    hex,
  ];
  const wide = [...pairs.join(':')].map((char) => String.fromCharCode(char.charCodeAt(0) + 0xfee0)).join('');
  const loose = pairs.map((pair) => pair.replace(/^0/, '')).join(':');
  return [
    ...lower,
    ...lower.map((text) => text.toUpperCase()),
    wide,
    loose,
    ` ${pairs.join(':')}\n`,
    `\ufeff${hex}`,
    `${hex.slice(0, 5)}\u200b${hex.slice(5)}\u0000`,
  ];
};

t.test('every kind has a canonicaliser', async (t) => {
  t.same(Object.keys(CANONICALISERS).sort(), [...IDENTIFIER_KINDS].sort());
});

t.test('total and idempotent', async () => {
  fc.assert(
    fc.property(kind, anyText, (kind, text) => {
      const once = canonicalise(kind, text);
      return typeof once === 'string' && canonicalise(kind, once) === once;
    }),
    { numRuns: 2000 },
  );
});

t.test('an unknown kind is treated as an id', async (t) => {
  t.equal(canonicalise('no-such-kind' as IdentifierKind, 'AA-bb'), 'aabb');
});

t.test('all spellings of a MAC address are one, under MAC kinds and ids alike', async (t) => {
  const hex = fc.stringMatching(/^[0-9a-f]{12}$/);
  const kinds = fc.constantFrom<IdentifierKind>('mac', 'bssid', 'bluetooth', 'device-id', 'gateway-id', 'serial', 'other');
  fc.assert(fc.property(kinds, hex, (kind, hex) => spellings(hex).every((text) => canonicalise(kind, text) === hex)));
  t.ok(spellings('001b63a4ff0e').length >= 12);
});

t.test('case, width and invisible characters do not tell two ids apart', async (t) => {
  for (const text of ['Home-12AB', 'home12ab', 'HOME_12.ab', '\u200bhome:12ab ', '｛ｈｏｍｅ-12ab｝'])
    t.equal(canonicalise('household-id', text), 'home12ab', text);
  t.equal(canonicalise('device-id', 'Straße'), canonicalise('device-id', 'STRASSE'));
});

t.test('what needs no canonical form is its own, whatever its kind', async (t) => {
  fc.assert(
    fc.property(kind, fc.oneof(anyText, fc.stringMatching(/^[0-9a-z]{0,20}$/)), (kind, text) => {
      const bytes = encoder.encode(`?${text}?`);
      return needsCanonical(bytes, 1, bytes.length - 2) || canonicalise(kind, text) === text;
    }),
    { numRuns: 2000 },
  );
  const needs = (text: string) => needsCanonical(encoder.encode(text), 0, encoder.encode(text).length);
  t.same(['001b63a4ff0e', 'a', 'f00'].map(needs), [false, false, false]);
  t.same(['', 'A', 'a b', 'a-b', 'é', '351234567890123', '00491234'].map(needs), [true, true, true, true, true, true, true]);
});
