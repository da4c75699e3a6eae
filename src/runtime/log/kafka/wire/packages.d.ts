/** Packages without types of their own: what is used of them. */
declare module 'snappyjs' {
  export function uncompress(compressed: Uint8Array, maxLength?: number): Uint8Array;
  export function compress(bytes: Uint8Array): Uint8Array;
}

declare module 'lz4js' {
  /** Decompresses one block into `dst` from `dIndex` on; returns where it ends. */
  export function decompressBlock(src: Uint8Array, dst: Uint8Array, sIndex: number, sLength: number, dIndex: number): number;
  export function compress(bytes: Uint8Array): Uint8Array;
}
