import { Command } from 'commander';
import type { AclRule } from '../runtime/log/kafka/admin.ts';
import { applySurvey, RECOMMENDED_SESSION_MS, type Survey, surveyCluster } from '../runtime/provision/apply.ts';
import { type Problem, standingProblems } from '../runtime/provision/diff.ts';
import { provisionInput } from '../runtime/provision/input.ts';
import { type LoginFlags, settingsFor, withAdmin } from './cluster.ts';
import { requireConfig } from './config.ts';
import { CliError, EXIT } from './exit.ts';
import { issueLines, outputOf } from './output.ts';
import { lookAtSubjects } from './subjects.ts';

const EXAMPLES = `
Examples:
  $ unjoin provision -c unjoin.yaml --dry-run
  $ unjoin provision -c unjoin.yaml --user admin --password-file secrets/admin
  $ unjoin provision -c unjoin.yaml --no-acls --json

Makes what is missing; a second run changes nothing. A topic that keeps data longer than the policy says, a ledger with another
number of partitions, a source without the broker's own time, or a schema that its subject does not let in is refused, and nothing
is made then.
`;

interface Flags extends LoginFlags {
  readonly config: string;
  readonly dryRun?: boolean;
  readonly acls: boolean;
  readonly revoke?: boolean;
  readonly json?: boolean;
}

export function provisionCommand(): Command {
  return new Command('provision')
    .description('make topics, their settings and access lists, and register schemas')
    .requiredOption('-c, --config <file>', 'configuration of the service')
    .option('--dry-run', 'say what would be made, and make nothing')
    .option('--user <name>', 'log in as an operator (default: as the service)')
    .option('--password-file <file>', 'password of that operator, a file of mode 0600')
    .option('--no-acls', 'leave access lists alone (a cluster without an authorizer)')
    .option('--revoke', 'take away rights on our own topics that neither policy nor configuration gives')
    .option('--json', 'print what was made as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(provision);
}

/** What to run against a problem. Partitions cannot be taken back, and those of a ledger are its tasks. */
const remedyOf = ({ topic, setting, value }: Problem): string =>
  value === null
    ? `set \`tasks\` to the partitions of ${topic}, or choose another \`topics.prefix\``
    : `kafka-configs.sh --bootstrap-server <broker> --alter --entity-type topics --entity-name ${topic} --add-config ${setting}=${value}`;

const refuse = (problems: readonly Problem[]): void => {
  const [first] = problems;
  if (first === undefined) return;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new CliError(
    'topic-unfit',
    EXIT.config,
    `the topic ${first.topic} with ${first.setting} ${first.expected}${more}`,
    remedyOf(first),
  );
};

const ruleText = ({ principal, operation, resource, name, isPrefix }: AclRule): string =>
  `${principal} ${operation} ${resource} ${name}${isPrefix ? '*' : ''}`;

const linesOf = ({ create, change, keep, allow, excess, revocable }: Survey, withRevoke: boolean): string[] => [
  ...create.map(({ name, partitions, settings }) => {
    const told = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
    return `create  ${name}  ${partitions} partitions  ${told.join(' ')}`;
  }),
  ...change.map(({ topic, setting, from, to }) => `change  ${topic}  ${setting}: ${from} to ${to}`),
  ...keep.map(({ name }) => `keep    ${name}`),
  ...allow.map((rule) => `allow   ${ruleText(rule)}`),
  ...excess.map((rule) => `${withRevoke && revocable.includes(rule) ? 'revoke ' : 'excess '} ${ruleText(rule)}`),
];

const hintsOf = ({ excess, sessionTimeoutMs }: Survey, withRevoke: boolean): string[] => [
  ...(excess.length > 0 && !withRevoke ? ['`excess` rights are given by neither policy nor configuration: --revoke takes them away.'] : []),
  ...(sessionTimeoutMs !== null && sessionTimeoutMs > RECOMMENDED_SESSION_MS
    ? [`Brokers notice a dead one after ${sessionTimeoutMs} ms: broker.session.timeout.ms=${RECOMMENDED_SESSION_MS} is recommended.`]
    : []),
];

async function provision(flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const { service, plan, warnings } = requireConfig(flags.config);
  for (const issue of warnings) for (const line of issueLines(issue, output.colors)) output.say(line);
  const input = provisionInput(service, plan);
  const isDry = flags.dryRun === true;
  const withRevoke = flags.revoke === true;
  await withAdmin(settingsFor(service.settings, flags), async (admin) => {
    const survey = await surveyCluster(admin, input, flags.acls);
    refuse(standingProblems(survey));
    const subjects = await lookAtSubjects(service, plan, input.topics);
    for (const line of [...linesOf(survey, withRevoke), ...subjects.lines, ...hintsOf(survey, withRevoke)]) output.say(line);
    if (!isDry) await applySurvey(admin, input, survey, withRevoke);
    const schemaIds = isDry ? {} : await subjects.apply();
    const { create, change, keep, allow, excess } = survey;
    const revoked = withRevoke ? survey.revocable : [];
    const made = create.length + change.length + allow.length + revoked.length + subjects.missing.length;
    output.say(made === 0 ? 'Nothing to do.' : isDry ? 'Nothing was made: this was a dry run.' : 'Done.');
    output.document({
      dryRun: isDry,
      created: create.map(({ name }) => name),
      changed: change,
      kept: keep.map(({ name }) => name),
      allowed: allow.length,
      registered: subjects.missing,
      schemaIds,
      revoked: revoked.length,
      excess: excess.filter((rule) => !revoked.includes(rule)).map(ruleText),
      sessionTimeoutMs: survey.sessionTimeoutMs,
    });
  });
}
