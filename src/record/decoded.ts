/**
 * Why persisted bytes were refused: written by a version that this program does not know; not what any version writes;
 * or sealed, and not to be opened with this key and clear part. None of them holds what was read.
 */
export type DecodeError = 'unknown-version' | 'malformed' | 'unopenable';

/** What decoding gives: never thrown, and never half a value. */
export type Decoded<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: DecodeError };

export const decoded = <T>(value: T): Decoded<T> => ({ ok: true, value });

export const refused = (error: DecodeError): { readonly ok: false; readonly error: DecodeError } => ({ ok: false, error });
