import { type Document, isMap, isScalar, isSeq, type LineCounter, type Node } from 'yaml';

/** 1-based place in a policy file. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * Where a path of the policy stands: its key, or with `value` what stands behind it. A path that the file does not have
 * is found as far as it goes, so that a missing thing is reported where it is missed.
 */
export type Locate = (path: readonly (string | number)[], at?: 'key' | 'value') => Position;

export const START: Position = { line: 1, column: 1 };

/** A `Locate` over a parsed document. */
export const locator =
  (document: Document, lines: LineCounter): Locate =>
  (path, at = 'key') => {
    let node: unknown = document.contents;
    let offset = offsetOf(node);
    for (const [index, segment] of path.entries()) {
      const next = step(node, segment);
      if (next === null) break;
      node = next.value;
      const behind = offsetOf(node);
      const wanted = at === 'value' && index === path.length - 1 ? behind : next.key;
      offset = wanted ?? next.key ?? behind ?? offset;
    }
    return offset === null ? START : positionAt(lines, offset);
  };

const offsetOf = (node: unknown): number | null => (node as Node | null | undefined)?.range?.[0] ?? null;

const step = (node: unknown, segment: string | number): { readonly key: number | null; readonly value: unknown } | null => {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => (isScalar(key) ? String(key.value) : key) === String(segment));
    return pair === undefined ? null : { key: offsetOf(pair.key), value: pair.value };
  }
  if (isSeq(node) && typeof segment === 'number' && segment < node.items.length) return { key: null, value: node.items[segment] };
  return null;
};

/** Line and column of an offset in the text. */
export const positionAt = (lines: LineCounter, offset: number): Position => {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
};
