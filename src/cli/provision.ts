import { Command } from 'commander';
import { type Difference, differenceOf, SETTINGS } from '../runtime/provision/diff.ts';
import { aclRules, topicSpecs } from '../runtime/provision/specs.ts';
import { requireConfig } from './config.ts';
import { CliError, EXIT } from './exit.ts';
import { outputOf } from './output.ts';

const EXAMPLES = `
Examples:
  $ unjoin provision -c unjoin.yaml --dry-run
  $ unjoin provision -c unjoin.yaml
  $ unjoin provision -c unjoin.yaml --no-acls --json

Makes what is missing and changes nothing that is there. A topic that keeps data longer than the policy says, or source topics
without the broker's own time, are refused: nothing is made then.
`;

interface Flags {
  readonly config: string;
  readonly dryRun?: boolean;
  readonly acls: boolean;
  readonly json?: boolean;
}

export function provisionCommand(): Command {
  return new Command('provision')
    .description('make topics, their settings and access lists')
    .requiredOption('-c, --config <file>', 'configuration of the service')
    .option('--dry-run', 'say what would be made, and make nothing')
    .option('--no-acls', 'leave access lists alone (a cluster without an authorizer)')
    .option('--json', 'print what was made as one JSON document')
    .addHelpText('after', EXAMPLES)
    .action(provision);
}

const refuse = ({ problems }: Difference): void => {
  if (problems.length === 0) return;
  const [{ topic, setting, expected }] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  throw new CliError(
    'topic-unfit',
    EXIT.config,
    `the topic ${topic} with ${setting} ${expected}${more}`,
    `kafka-configs --alter --entity-type topics --entity-name ${topic} --add-config ${setting}=..., or another topic`,
  );
};

const linesOf = ({ create, keep, allow }: Difference): string[] => [
  ...create.map(({ name, partitions, settings }) => {
    const told = Object.entries(settings).map(([key, value]) => `${key}=${value}`);
    return `create  ${name}  ${partitions} partitions  ${told.join(' ')}`;
  }),
  ...keep.map(({ name }) => `keep    ${name}`),
  ...allow.map(
    ({ principal, operation, resource, name, isPrefix }) => `allow   ${principal} ${operation} ${resource} ${name}${isPrefix ? '*' : ''}`,
  ),
];

async function provision(flags: Flags): Promise<void> {
  const output = outputOf(flags);
  const { service, plan } = requireConfig(flags.config);
  const [{ openAdmin }, { provisionInput }] = await Promise.all([
    import('../runtime/log/kafka/admin.ts'),
    import('../runtime/service/options.ts'),
  ]);
  const input = provisionInput(service, plan);
  const specs = topicSpecs(input);
  const admin = await openAdmin(service.settings);
  try {
    const actual = await admin.describe(
      specs.map(({ name }) => name),
      SETTINGS,
    );
    const rules = flags.acls ? aclRules(input) : [];
    const difference = differenceOf(specs, actual, rules, flags.acls ? await admin.acls() : []);
    refuse(difference);
    for (const line of linesOf(difference)) output.say(line);
    const { create, allow } = difference;
    if (flags.dryRun !== true) {
      if (create.length > 0) await admin.create(create, null);
      if (allow.length > 0) await admin.allow(allow);
      await admin.warmUp(input.group, `${input.group}-task-warm-up`);
    }
    const made = create.length + allow.length;
    output.say(made === 0 ? 'Nothing to do.' : flags.dryRun === true ? 'Nothing was made: this was a dry run.' : 'Done.');
    output.document({
      dryRun: flags.dryRun === true,
      created: create.map(({ name }) => name),
      kept: difference.keep.map(({ name }) => name),
      allowed: allow.length,
    });
  } finally {
    await admin.close();
  }
}
