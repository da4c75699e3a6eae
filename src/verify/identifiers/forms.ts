/** An identifier as it stood in the source, with the kind that the policy gives it. */
const HEX = /^[0-9a-f]+$/i;
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
 * in other byte orders and number bases. Case does not matter to the search. The first ones are hashed, too.
 */
export const formsOf = (raw: string, canonical: string, exact: boolean): { readonly plain: readonly string[]; readonly hashed: readonly string[] } => {
  const bare = raw.replace(SEPARATORS, '');
  const hashed = new Set([raw, canonical, raw.toLowerCase(), raw.toUpperCase(), bare.toLowerCase()]);
  const plain = new Set([raw.toLowerCase(), canonical.toLowerCase(), bare.toLowerCase()]);
  if (exact) for (const form of coordinateForms(raw)) plain.add(form);
  else {
    const hex = bare.toLowerCase();
    if (hex.length === 12 && HEX.test(hex)) {
      for (const form of macForms(hex)) plain.add(form);
      hashed.add(pairsOf(hex).join(':')).add(pairsOf(hex).join(':').toUpperCase()).add(pairsOf(hex).join('-'));
    }
    if (IPV4.test(canonical)) for (const form of ipv4Forms(canonical)) plain.add(form);
    for (const form of numberForms(hex)) plain.add(form);
  }
  return { plain: [...plain].filter((form) => form.length >= 4), hashed: [...hashed] };
};
