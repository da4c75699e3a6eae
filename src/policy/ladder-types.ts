const TEXTS = ['string', 'enum'];
const NUMBERS = ['int', 'long', 'float', 'double'];

/**
 * Avro types that each technique generalises, by axis ('' for ladders of one field); `array` is a list as a whole. No
 * technique lets a value pass because it is of another type: the policy does not load instead.
 */
const LADDER_TYPES: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  table: { '': [...TEXTS, ...NUMBERS, 'boolean'] },
  version: { '': [...TEXTS, ...NUMBERS], version: [...TEXTS, ...NUMBERS], name: TEXTS },
  h3: { lat: NUMBERS, lon: NUMBERS },
  time: { '': [...NUMBERS, 'string'] },
  buckets: { '': NUMBERS },
  language: { '': TEXTS },
  ip: { '': TEXTS },
  count: { '': ['array'] },
};

/** What a technique takes on an axis; nothing when it is not known here. */
export const typesTaken = (technique: string, axis: string): readonly string[] => LADDER_TYPES[technique]?.[axis] ?? [];
