/** Packages without types of their own: what tests use of them. */
declare module 'snappyjs' {
  export function compress(bytes: Uint8Array): Uint8Array;
}

declare module 'lz4js' {
  export function compress(bytes: Uint8Array): Uint8Array;
}
