import { createHash } from 'node:crypto';
import { canonicalSchema } from './avro-schema.ts';
import type { Corpus } from './identifiers/corpus.ts';
import type { RunOutputs } from './inputs.ts';
import { parseJson } from './json.ts';
import { addTexts, authorisedForm, checkSchema } from './outputs.ts';
import type { Findings } from './report.ts';
import type { Rules, ViewRule } from './rules.ts';
import type { AuditLine } from './statements/audit.ts';

const schemaDigest = (json: unknown): string => createHash('sha256').update(canonicalSchema(json)).digest('hex');

/**
 * Digests that say what decided, and not whom: of the policy, when all audit lines agree on it or it is among those that are
 * `known`, and of its schemas.
 */
export const allowDigests = (rules: Rules, lines: readonly AuditLine[], known: readonly string[], corpus: Corpus): void => {
  const policies = new Set(lines.map(({ policy }) => policy));
  for (const policy of policies) {
    if (policies.size === 1 || known.includes(policy)) corpus.allow(policy);
    else corpus.text(policy, 'audit');
  }
  for (const { schemas } of rules.events) for (const { json } of schemas) corpus.allow(schemaDigest(json).slice(0, 16));
};

/** Checks a view's output schema, and adds it and the manifest to the search; what they say in words is public. */
export const readDocuments = (view: ViewRule, rules: Rules, outputs: RunOutputs, corpus: Corpus, findings: Findings): void => {
  const avsc = outputs.avsc(view.name);
  const schema = avsc === null ? undefined : parseJson(avsc);
  if (checkSchema(view, schema, `views/${view.name}.avsc`, findings)) corpus.allow(schemaDigest(schema));
  // It is there only where something left to an authorised output.
  const authorised = outputs.authorisedAvsc?.(view.name) ?? null;
  const own = authorised === null ? undefined : parseJson(authorised);
  if (authorised !== null && checkSchema(authorisedForm(view), own, `views/${view.name}.authorised.avsc`, findings))
    corpus.allow(schemaDigest(own));
  const documents = {
    [`views/${view.name}.avsc`]: avsc,
    [`views/${view.name}.authorised.avsc`]: authorised,
    [`views/${view.name}.manifest.json`]: outputs.manifest(view.name),
  };
  for (const [origin, text] of Object.entries(documents)) {
    for (const word of text?.match(/[A-Za-z]+/g) ?? []) rules.vocabulary.add(word.toLowerCase());
    if (text !== null) addTexts(corpus, parseJson(text) ?? text, origin);
  }
};

/** Adds file names and every other file to the search, line by line. */
export const readOthers = async (outputs: RunOutputs, corpus: Corpus): Promise<void> => {
  for (const name of outputs.names()) corpus.text(name, 'a file name');
  for await (const { name, bytes } of outputs.others()) {
    for (const line of Buffer.from(bytes).toString('utf8').split('\n')) {
      const value = parseJson(line);
      if (value === undefined) corpus.text(line, name);
      else addTexts(corpus, value, name);
    }
  }
};
