import type { Pattern } from '../model/derived.ts';

/** Takes a text apart: its parts by name, or null when it has another form. */
export type TakeApart = (text: string) => Readonly<Record<string, string>> | null;

const escaped = (literal: string): string => literal.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');

/** Each part excludes what follows it, so that the expression never has to go back. */
const expressionOf = ({ literals, parts }: Pattern): RegExp => {
  const body = parts.map((name, i) => `(?<${name}>[^/${escaped(literals[i + 1].slice(0, 1))}]+)${escaped(literals[i + 1])}`);
  return new RegExp(`^${escaped(literals[0])}${body.join('')}$`);
};

/** Compiles patterns; the first one that fits counts. */
export const compilePatterns = (patterns: readonly Pattern[]): TakeApart => {
  const expressions = patterns.map(expressionOf);
  return (text) => {
    for (const expression of expressions) {
      const found = expression.exec(text);
      if (found !== null) return found.groups as Record<string, string>;
    }
    return null;
  };
};
