import ts from 'typescript';
import { parse, reporter, type Violation, visit } from './syntax.ts';

export const MAX_FILE_LINES = 300;
export const MAX_FUNCTION_LINES = 60;

/** Words of the style law that the syntax tree can judge: see docs/design.md. */
export const styleBreaks = (file: string, text: string): Violation[] => {
  const source = parse(file, text);
  const { violations, report } = reporter(source);
  const lines = text.split('\n').length - 1;
  if (lines > MAX_FILE_LINES) report(source, `${lines} lines, more than ${MAX_FILE_LINES}`);
  visit(source, (node) => {
    if (node.kind === ts.SyntaxKind.AnyKeyword) report(node, 'any');
    if (ts.isEnumDeclaration(node)) report(node, 'an enum');
    if (ts.isModuleDeclaration(node)) report(node, 'a namespace');
    if (ts.isDecorator(node)) report(node, 'a decorator');
    if (ts.isExportAssignment(node) || node.kind === ts.SyntaxKind.DefaultKeyword) {
      if (ts.isExportAssignment(node) || !ts.isDefaultClause(node.parent)) report(node, 'a default export');
    }
    if (ts.isHeritageClause(node) && ts.isClassLike(node.parent) && node.token === ts.SyntaxKind.ExtendsKeyword) {
      if (node.types.some(({ expression }) => !/Error$/.test(expression.getText(source))))
        report(node, 'inherits from something else than an error');
    }
    if (ts.isFunctionLike(node) && 'body' in node && node.body !== undefined) {
      const length = lineOf(source, node.getEnd()) - lineOf(source, node.getStart(source)) + 1;
      if (length >= MAX_FUNCTION_LINES) report(node, `a function of ${length} lines, not under ${MAX_FUNCTION_LINES}`);
    }
  });
  return violations;
};

const lineOf = (source: ts.SourceFile, position: number): number => source.getLineAndCharacterOfPosition(position).line;
