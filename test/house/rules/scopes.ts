import ts from 'typescript';
import { visit } from './syntax.ts';

/** Where each name of a file is declared, so that a local variable is not taken for the global of the same name. */
export interface Scopes {
  /** The innermost scope around `at` that declares `name`, or null when it can only be a global. */
  declaring(name: string, at: ts.Node): ts.Node | null;
}

const isScope = (node: ts.Node): boolean =>
  ts.isSourceFile(node) ||
  ts.isFunctionLike(node) ||
  ts.isBlock(node) ||
  ts.isForStatement(node) ||
  ts.isForOfStatement(node) ||
  ts.isForInStatement(node) ||
  ts.isCatchClause(node) ||
  ts.isCaseBlock(node) ||
  ts.isModuleBlock(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isClassLike(node) ||
  ts.isMappedTypeNode(node);

const enclosing = (node: ts.Node): ts.Node => {
  let scope = node.parent;
  while (!isScope(scope)) scope = scope.parent;
  return scope;
};

/** Names that a node declares, and whether they belong to the scope around it or around its parent (functions, classes). */
const declared = (node: ts.Node): ts.Identifier | null => {
  if ((ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isBindingElement(node)) && ts.isIdentifier(node.name)) return node.name;
  if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node)) return node.name ?? null;
  if (ts.isTypeAliasDeclaration(node) || ts.isTypeParameterDeclaration(node)) return node.name;
  if (ts.isImportSpecifier(node) || ts.isNamespaceImport(node)) return node.name;
  if (ts.isImportClause(node)) return node.name ?? null;
  return null;
};

export const scopesOf = (source: ts.SourceFile): Scopes => {
  const names = new Map<ts.Node, Set<string>>();
  visit(source, (node) => {
    const name = declared(node);
    if (name === null) return;
    const scope = enclosing(node);
    names.set(scope, (names.get(scope) ?? new Set()).add(name.text));
  });
  return {
    declaring(name, at) {
      for (let node: ts.Node | undefined = at; node !== undefined; node = node.parent) {
        if (names.get(node)?.has(name)) return node;
      }
      return null;
    },
  };
};
