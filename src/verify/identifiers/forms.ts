const HEX = /^[0-9a-f]+$/i;
const MIN_LENGTH = 4;
const SEPARATORS = /[^\p{L}\p{N}]/gu;
const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;

const pairsOf = (hex: string): string[] => hex.match(/../g) ?? [];

/** Spellings of six bytes: colons, hyphens, dots; both byte orders; as a number. */
const macForms = (hex: string): string[] => {
  const forms: string[] = [];
  for (const order of [pairsOf(hex), pairsOf(hex).reverse()]) {
    const joined = order.join('');
    forms.push(joined, order.join(':'), order.join('-'), (joined.match(/.{4}/g) as string[]).join('.'), BigInt(`0x${joined}`).toString());
  }
  return forms;
};

const ipv4Forms = (text: string): string[] => {
  const bytes = text.split('.').map(Number);
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const hex = value.toString(16).padStart(8, '0');
  return [String(value), hex, pairsOf(hex).reverse().join(''), `::ffff:${text}`];
};

/** Decimal number to hex and hex number to decimal, where an identifier is one. */
const numberForms = (bare: string): string[] => {
  if (/^\d{7,20}$/.test(bare)) return [BigInt(bare).toString(16)];
  return HEX.test(bare) && bare.length >= 8 && bare.length <= 32 ? [BigInt(`0x${bare}`).toString()] : [];
};

const coordinateForms = (text: string): string[] => {
  const value = Number(text);
  return [1e5, 1e6, 1e7].map((scale) => String(Math.round(value * scale)).replace('-', '')).filter((form) => form.length >= 7);
};

/**
 * The texts by which an identifier can be recognised once encodings are undone: plain, canonical, without separators,
 * in other byte orders and number bases. Case does not matter to the search. `exact` marks a coordinate.
 */
export const formsOf = (raw: string, canonical: string, exact: boolean): readonly string[] => {
  const bare = raw.replace(SEPARATORS, '').toLowerCase();
  const forms = [raw.toLowerCase(), canonical.toLowerCase(), bare];
  if (exact) forms.push(...coordinateForms(raw));
  else {
    if (bare.length === 12 && HEX.test(bare)) forms.push(...macForms(bare));
    if (IPV4.test(canonical)) forms.push(...ipv4Forms(canonical));
    forms.push(...numberForms(bare));
  }
  return [...new Set(forms)].filter((form) => form.length >= MIN_LENGTH);
};

/** The spellings of an identifier that somebody may have put through an unkeyed hash. */
export const hashedFormsOf = (raw: string, canonical: string, exact: boolean): readonly string[] => {
  if (exact) return [raw];
  const bare = raw.replace(SEPARATORS, '').toLowerCase();
  const forms = new Set([raw, canonical, raw.toLowerCase(), raw.toUpperCase(), bare]);
  if (bare.length === 12 && HEX.test(bare)) {
    const pairs = pairsOf(bare);
    forms.add(pairs.join(':')).add(pairs.join(':').toUpperCase()).add(pairs.join('-'));
  }
  return [...forms];
};
