import { builtinModules } from 'node:module';
import ts from 'typescript';
import { type Scopes, scopesOf } from './scopes.ts';
import { importsOf, parse, reporter, type Violation, visit } from './syntax.ts';

/** Globals through which the world outside could be read or changed. Everything is a parameter instead. */
const WORLD = new Set([
  ...['Date', 'Intl', 'performance', 'process', 'console', 'fetch', 'crypto', 'navigator', 'WebSocket', 'Worker', 'localStorage'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask'],
  ...['globalThis', 'global', 'window', 'self', 'require', 'module', 'exports', 'eval', 'Function', '__dirname', '__filename'],
]);

const RANDOM_IMPORTS = /^(random|generateKey|createDiffieHellman|createECDH|getRandomValues|webcrypto|subtle|default|\*)/;

const CHANGES = /^(set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin|write.*)$/;

export interface PurityOptions {
  /** `node:crypto` may be imported: keys or digests are used here. */
  readonly crypto: boolean;
}

/**
 * A pure file has no I/O, no clock, no randomness, no environment and no module state. It is judged on the syntax tree:
 * comments, texts and property names do not count, and a local variable is not taken for a global.
 */
export const impurities = (file: string, text: string, { crypto }: PurityOptions): Violation[] => {
  const source = parse(file, text);
  const scopes = scopesOf(source);
  const { violations, report } = reporter(source);
  for (const { from, names, node } of importsOf(source)) {
    const bare = from.replace(/^node:/, '');
    if (!from.startsWith('node:') && !builtinModules.includes(from)) continue;
    if (bare !== 'crypto') report(node, `pure code imports ${from}`);
    else if (!crypto) report(node, 'imports node:crypto where no keys are used');
    else for (const name of names.filter((word) => RANDOM_IMPORTS.test(word))) report(node, `takes randomness from node:crypto (${name})`);
  }
  visit(source, (node) => {
    if (ts.isIdentifier(node) && isUse(node) && scopes.declaring(node.text, node) === null) {
      if (WORLD.has(node.text)) report(node, `pure code uses ${node.text}`);
    }
    if (isMathRandom(node)) report(node, 'pure code uses Math.random');
    if (ts.isMetaProperty(node)) report(node, 'pure code uses import.meta');
    const state = moduleState(node, scopes);
    if (state !== null) report(node, state);
  });
  return violations;
};

/** False where an identifier only names a property, a member, a label or a declaration. */
const isUse = (node: ts.Identifier): boolean => {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isNamedTupleMember(parent)) return false;
  if (ts.isMetaProperty(parent)) return false;
  const named = parent as ts.Node & { readonly name?: ts.Node };
  return named.name !== node || ts.isShorthandPropertyAssignment(parent);
};

const isMathRandom = (node: ts.Node): boolean => {
  if (ts.isPropertyAccessExpression(node)) return isMath(node.expression) && node.name.text === 'random';
  if (ts.isElementAccessExpression(node)) {
    return isMath(node.expression) && !(ts.isStringLiteral(node.argumentExpression) && node.argumentExpression.text !== 'random');
  }
  return ts.isVariableDeclaration(node) && node.initializer !== undefined && isMath(node.initializer);
};

const isMath = (node: ts.Node): boolean => ts.isIdentifier(node) && node.text === 'Math';

/** State that outlives a call: a `let` of the module, or something of the module that a function changes. */
const moduleState = (node: ts.Node, scopes: Scopes): string | null => {
  if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.Const) === 0) {
    const top = ts.isVariableStatement(node.parent) && ts.isSourceFile(node.parent.parent);
    return top ? 'a variable of the module is not const' : null;
  }
  const changed = changedName(node);
  if (changed === null || !insideFunction(node)) return null;
  const scope = scopes.declaring(changed.text, changed);
  return scope !== null && ts.isSourceFile(scope) ? `a function changes ${changed.text}, which belongs to the module` : null;
};

const changedName = (node: ts.Node): ts.Identifier | null => {
  if (ts.isBinaryExpression(node) && isAssignment(node.operatorToken.kind)) return memberOf(node.left);
  if (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) {
    const steps = node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken;
    return steps ? memberOf(node.operand) : null;
  }
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return null;
  const { name, expression } = node.expression;
  return CHANGES.test(name.text) && ts.isIdentifier(expression) ? expression : null;
};

const isAssignment = (kind: ts.SyntaxKind): boolean => kind >= ts.SyntaxKind.FirstAssignment && kind <= ts.SyntaxKind.LastAssignment;

const memberOf = (node: ts.Expression): ts.Identifier | null => {
  let target = node;
  while (ts.isElementAccessExpression(target) || ts.isPropertyAccessExpression(target)) target = target.expression;
  return target !== node && ts.isIdentifier(target) ? target : null;
};

const insideFunction = (node: ts.Node): boolean => {
  for (let up = node.parent; up !== undefined; up = up.parent) if (ts.isFunctionLike(up)) return true;
  return false;
};
