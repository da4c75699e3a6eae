import { Ajv } from 'ajv';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { Issue } from '../model/issue.ts';
import { once } from '../model/once.ts';
import type { IssueCode } from './codes.ts';
import { type Locate, locator, positionAt, START } from './locate.ts';
import { createReporter, issueAt } from './report.ts';
import { type Policy, PolicyShape } from './shape.ts';
import { checkShape } from './shape-check.ts';

/** A policy that has the right shape, or the reasons why it has not. `locate` works on whatever could be read. */
export interface Parsed {
  readonly policy: Policy | null;
  readonly locate: Locate;
  readonly issues: readonly Issue[];
}

/** Characters of a policy file; the largest known policy has 9 thousand. */
export const MAX_POLICY_CHARS = 256 * 1024;
/** Levels of maps and lists in each other; a policy needs six. */
export const MAX_POLICY_DEPTH = 32;

/**
 * Reads a policy: YAML 1.2 of one document, text keys, no aliases, no tags, no key twice; then its shape. Never throws;
 * what is wrong comes back as issues at the file, line and column of the offending node. Laws that need schemas and
 * ladders are `checkPolicy`'s.
 */
export const parsePolicy = (text: string, file: string): Parsed => {
  const { value, locate, issues } = readStrictYaml(text, file);
  if (issues.length > 0) return { policy: null, locate, issues };
  return { ...validate(value, file, locate), locate };
};

/** A YAML file as plain values, or why it is none. */
export interface StrictYaml {
  readonly value: unknown;
  readonly locate: Locate;
  readonly issues: readonly Issue[];
}

/** Reads YAML as policies and configurations are written. Never throws. */
export const readStrictYaml = (text: string, file: string): StrictYaml => {
  const nowhere: Locate = () => START;
  const refuse = (code: IssueCode, message: string, fix: string): StrictYaml => ({
    value: null,
    locate: nowhere,
    issues: [issueAt(code, file, START, message, fix)],
  });
  if (text.length > MAX_POLICY_CHARS) {
    return refuse('policy-too-large', `the file has more than ${MAX_POLICY_CHARS} characters`, 'split it');
  }
  if (isTooDeep(text)) return refuse('policy-too-deep', ...TOO_DEEP);
  const lines = new LineCounter();
  const document = readYaml(text, lines);
  // The parser is recursive; running out of stack is its way to say "too deep".
  if (document === null) return refuse('policy-too-deep', ...TOO_DEEP);
  const locate = locator(document, lines);
  const broken = syntaxIssue(document, file, lines);
  if (broken !== null) return { value: null, locate, issues: [broken] };
  const refused = forbidden(document, file, lines);
  if (refused.length > 0) return { value: null, locate, issues: refused };
  return { value: document.toJS({ maxAliasCount: 0 }), locate, issues: [] };
};

const TOO_DEEP = [`maps and lists stand in each other more than ${MAX_POLICY_DEPTH} deep`, 'six levels are enough for anything'] as const;

/** Compiled when the first policy is read: it takes a tenth of a second, which most commands need not wait for. */
const validator = once(() => new Ajv({ allErrors: false, strict: false, strictNumbers: true }).compile(PolicyShape));

/** The schema's validator decides; our own walk explains, and refuses what the validator cannot see (names). */
const validate = (value: unknown, file: string, locate: Locate): { readonly policy: Policy | null; readonly issues: readonly Issue[] } => {
  const reporter = createReporter(file, locate);
  for (const finding of checkShape(value, PolicyShape)) reporter.report(...finding);
  const isShape = validator();
  const valid = isShape(value);
  if (!valid && reporter.issues.length === 0) {
    const path = (isShape.errors?.[0]?.instancePath ?? '').split('/').slice(1);
    reporter.report(
      'policy-wrong-type',
      path,
      'this does not have the shape of a policy',
      'compare it with schemas/policy/policy.schema.json',
    );
  }
  return { policy: valid && reporter.issues.length === 0 ? (value as Policy) : null, issues: reporter.issues };
};

const readYaml = (text: string, lines: LineCounter): Document | null => {
  try {
    return parseDocument(text, {
      lineCounter: lines,
      version: '1.2',
      schema: 'core',
      merge: false,
      customTags: [],
      resolveKnownTags: false,
      stringKeys: true,
      // Its own check compares every key with every other; ours is linear.
      uniqueKeys: false,
      strict: true,
      prettyErrors: false,
      logLevel: 'error',
    });
  } catch {
    return null;
  }
};

/** Counts brackets that are open and indicators in a row (`- - -`): each costs the recursive composer a stack frame. */
const isTooDeep = (text: string): boolean => {
  let open = 0;
  let row = 0;
  for (const lexeme of new Lexer().lex(text)) {
    if (lexeme === '[' || lexeme === '{') open++;
    else if (lexeme === ']' || lexeme === '}') open--;
    if (INDICATORS.has(lexeme)) row++;
    else if (lexeme.trim() !== '' || lexeme.includes('\n')) row = 0;
    if (open > MAX_POLICY_DEPTH || row > MAX_POLICY_DEPTH) return true;
  }
  return false;
};

const INDICATORS = new Set(['-', '?', ':']);

/**
 * The first syntax error: those behind it follow from it. Texts of the parser are dropped and its codes are mapped to
 * ours. Tags that it cannot resolve are found by `forbidden`.
 */
const syntaxIssue = (document: Document, file: string, lines: LineCounter): Issue | null => {
  const errors = [...document.errors, ...document.warnings].filter(({ code }) => code !== 'TAG_RESOLVE_FAILED');
  const [first] = errors.sort((a, b) => a.pos[0] - b.pos[0]);
  if (first === undefined) return null;
  const [message, fix] = YAML_TEXTS[first.code] ?? [
    'this is not valid YAML',
    'check quotes, colons, brackets and indentation just before here',
  ];
  return issueAt('policy-syntax', file, positionAt(lines, first.pos[0]), message, fix);
};

const YAML_TEXTS: Partial<Record<YAMLError['code'], readonly [message: string, fix: string]>> = {
  MULTIPLE_DOCS: ['the file holds more than one YAML document', 'keep one document a file, without `---` in it'],
  TAB_AS_INDENT: ['a tab indents this line', 'indent with spaces'],
  BAD_INDENT: ['the indentation fits no level above', 'indent it as its neighbours are'],
  NON_STRING_KEY: ['a key is not a plain text', 'put the key in quotes'],
  MISSING_CHAR: ['a character is missing before here', 'close the quote or bracket, or put a space behind the colon'],
};

const MAX_REFUSALS = 3;

/** Aliases expand without bound, tags run code in other readers, and readers differ in which of two equal keys counts. */
const forbidden = (document: Document, file: string, lines: LineCounter): Issue[] => {
  const found: Issue[] = [];
  const refuse = (code: IssueCode, node: unknown, message: string, fix: string): void => {
    if (found.length < MAX_REFUSALS)
      found.push(issueAt(code, file, positionAt(lines, (node as Node | null)?.range?.[0] ?? 0), message, fix));
  };
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) refuse('policy-alias', node, 'a YAML alias stands here', 'write the value out');
      else if (node.tag !== undefined) refuse('policy-tag', node, 'a YAML tag stands here', 'delete the `!tag`');
      if (isMap(node))
        for (const key of doubledKeys(node))
          refuse('policy-duplicate-key', key, 'this key stands twice in one map', 'delete one of the two');
    },
  });
  return found;
};

const doubledKeys = (map: YAMLMap): unknown[] => {
  const seen = new Set<string>();
  return map.items.flatMap(({ key }) => {
    const name = isScalar(key) ? String(key.value) : '';
    if (seen.has(name)) return [key];
    seen.add(name);
    return [];
  });
};
