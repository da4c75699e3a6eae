import ts from 'typescript';

/** One place where a file breaks a rule of the house. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
}

export const say = ({ file, line, rule }: Violation): string => `${file}:${line}: ${rule}`;

export const parse = (file: string, text: string): ts.SourceFile => ts.createSourceFile(file, text, ts.ScriptTarget.ES2023, true);

/** Calls `look` for every node of a file, outermost first. */
export const visit = (node: ts.Node, look: (node: ts.Node) => void): void => {
  look(node);
  ts.forEachChild(node, (child) => visit(child, look));
};

/** Gathers violations of one file. */
export const reporter = (source: ts.SourceFile) => {
  const violations: Violation[] = [];
  const report = (node: ts.Node, rule: string): void => {
    const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
    violations.push({ file: source.fileName, line: line + 1, rule });
  };
  return { violations, report };
};

/** What a file imports: the specifier, the names, and where. `import()` and `require()` count too. */
export interface Import {
  readonly from: string;
  /** Imported names as the other module calls them; `*` for the whole, `default` for the default. */
  readonly names: readonly string[];
  readonly node: ts.Node;
}

export const importsOf = (source: ts.SourceFile): Import[] => {
  const found: Import[] = [];
  visit(source, (node) => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ from: node.moduleSpecifier.text, names: namesOf(node.importClause), node });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
      const clause = node.exportClause;
      const names = clause !== undefined && ts.isNamedExports(clause) ? clause.elements.map((e) => (e.propertyName ?? e.name).text) : ['*'];
      found.push({ from: node.moduleSpecifier.text, names, node });
    } else if (ts.isCallExpression(node) && isLoad(node.expression) && node.arguments.length > 0) {
      const [argument] = node.arguments;
      found.push({ from: ts.isStringLiteralLike(argument) ? argument.text : '(computed)', names: ['*'], node });
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal)) {
      found.push({ from: node.argument.literal.text, names: ['*'], node });
    }
  });
  return found;
};

const isLoad = (callee: ts.Expression): boolean =>
  callee.kind === ts.SyntaxKind.ImportKeyword || (ts.isIdentifier(callee) && callee.text === 'require');

const namesOf = (clause: ts.ImportClause | undefined): string[] => {
  if (clause === undefined) return [];
  const names = clause.name === undefined ? [] : ['default'];
  const bindings = clause.namedBindings;
  if (bindings === undefined) return names;
  if (ts.isNamespaceImport(bindings)) return [...names, '*'];
  return [...names, ...bindings.elements.map((element) => (element.propertyName ?? element.name).text)];
};
