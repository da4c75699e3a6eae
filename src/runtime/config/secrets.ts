/** Keys under which people write secrets. None of them is a key of ours: whatever stands there must never be repeated. */
const SECRET_KEY = /^(pass(word|wd|phrase|code)?|pwd|secret|token|api_?key|credentials?|private_?key)$/i;

/** A text that is a secret or a key by itself: PEM, or an address with a password in it. */
const SECRET_TEXT = /-----BEGIN |:\/\/[^/@\s]+:[^/@\s]+@/;

type Place = readonly (string | number)[];

/** Places where a secret is written out. */
export const literalSecrets = (value: unknown, path: Place = []): Place[] => {
  if (typeof value === 'string') return SECRET_TEXT.test(value) ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    const isChosen = path.length > 0 && CHOSEN.has(path.join('.'));
    return !isChosen && SECRET_KEY.test(key) ? [at] : literalSecrets(item, at);
  });
};

/** Maps whose keys are names that somebody chose: an event type may well be called `token`. */
const CHOSEN = new Set(['topics.sources', 'principals.consumers']);
