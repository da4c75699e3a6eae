const PRINTABLE_ASCII = /^[ -~]*$/;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}]/gu;

/** Case folding may undo a normalisation and the other way round; four rounds settle every code point of Unicode. */
const ROUNDS = 4;

/**
 * Text without differences that people and programs do not mean: Unicode NFKC (UAX #15), control, format and lone
 * surrogate characters removed, case folded. Upper case before lower case makes `ß` and `SS`, and all sigmas, one.
 */
export const fold = (text: string): string => {
  if (PRINTABLE_ASCII.test(text)) return text.toLowerCase();
  let folded = text;
  for (let round = 0; round < ROUNDS; round++) {
    const before = folded;
    folded = folded.normalize('NFKC').replace(INVISIBLE, '').toUpperCase().toLowerCase().normalize('NFKC');
    if (folded === before) break;
  }
  return folded;
};

export const foldWithoutSpaces = (text: string): string => fold(text).replace(/\s/g, '');
