import type { Issue } from '../model/issue.ts';
import { attributeLaws } from './laws/attributes.ts';
import { consumerLaws } from './laws/consumers.ts';
import { datasetLaws } from './laws/datasets.ts';
import { derivedLaws } from './laws/derived.ts';
import { type Context, type Facts, factsOf } from './laws/facts.ts';
import { fieldLaws } from './laws/fields.ts';
import { pathLaws } from './laws/paths.ts';
import { placeLaws } from './laws/places.ts';
import { retentionLaws } from './laws/retention.ts';
import { schemaLaws } from './laws/schemas.ts';
import { settingLaws } from './laws/settings.ts';
import { viewLaws } from './laws/views.ts';
import { windowLaws } from './laws/windows.ts';
import { createReporter, type Reporter } from './report.ts';
import type { Policy } from './shape.ts';

export type { Context } from './laws/facts.ts';

/** One family of laws a file. A law reports what it finds; it never repairs and never throws. */
type Law = (facts: Facts, reporter: Reporter) => void;

const LAWS: readonly Law[] = [
  schemaLaws,
  fieldLaws,
  settingLaws,
  derivedLaws,
  attributeLaws,
  viewLaws,
  pathLaws,
  windowLaws,
  placeLaws,
  consumerLaws,
  retentionLaws,
  datasetLaws,
];

/**
 * Everything that can be refused before the first record: a policy of the right shape against its schemas and compiled
 * ladders. Schemas and ladders that are missing from the context were reported by whoever reads them, so laws that need
 * them are silent. One mistake gives one issue: a law does not report what follows from another's finding.
 */
export const checkPolicy = (policy: Policy, context: Context): Issue[] => {
  const reporter = createReporter(context.file, context.locate);
  const facts = factsOf(policy, context);
  for (const law of LAWS) law(facts, reporter);
  return reporter.issues;
};
