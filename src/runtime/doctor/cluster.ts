import { TransportError } from '../../model/log.ts';
import type { ClusterAdmin } from '../log/kafka/admin.ts';
import { aclRules, excessRules, lackingRules } from '../provision/access.ts';
import { RECOMMENDED_SESSION_MS, type Survey, surveyCluster } from '../provision/apply.ts';
import type { ProvisionInput } from '../provision/input.ts';
import { type Check, fail, ok, skip, warn } from './check.ts';
import type { Reach, ReachState } from './reach.ts';

const REACHED: Readonly<Record<Exclude<ReachState, 'ok'>, readonly [told: string, next: string, exit: Check['exit']]>> = {
  silent: ['does not answer', 'start it, or correct the port and the firewall', 69],
  'unknown-host': ['has no address', 'correct the host, or the name service', 69],
  'no-tls': ['listens, but does not speak TLS', 'use the port of its TLS listener, or leave `kafka.tls` out', 78],
  untrusted: ['has a certificate of another authority', 'name its authority as kafka.tls.caFile', 78],
  expired: ['has a certificate that has expired', 'renew it', 69],
  'other-host': ['has a certificate for another host', 'use the name that the certificate has', 78],
};

const SOON_MS = 14 * 86_400_000;

/** How far one gets to each broker. One that does not answer among others that do is a warning. */
export const reachChecks = (reached: readonly Reach[], nowMs: number): Check[] => {
  const isAny = reached.some(({ state }) => state === 'ok');
  return reached.map(({ broker, state, certifiedUntilMs }) => {
    if (state !== 'ok') {
      const [told, next, exit] = REACHED[state];
      return (isAny ? warn : fail)('broker', `${broker} ${told}`, next, exit);
    }
    if (certifiedUntilMs !== null && certifiedUntilMs - nowMs < SOON_MS)
      return warn('broker', `${broker} has a certificate that ends within two weeks`, 'renew it');
    return ok('broker', `${broker} answers${certifiedUntilMs === null ? ', without TLS' : ' over TLS'}`);
  });
};

const AHEAD_MS = 10_000;
/** As in the task: records from so far ahead stop it. */
const STOP_MS = 5 * 60_000;

/**
 * Our clock against the brokers': no append time may lie ahead of it. A clock of ours that is fast cannot be told without
 * writing a record; it closes windows early for idle partitions alone, and never before `idleMs`.
 */
const clockCheck = async (admin: ClusterAdmin, topics: readonly string[], nowMs: number): Promise<Check> => {
  const isAhead = async (ms: number): Promise<boolean> => {
    for (const topic of topics) if (await admin.isAppendedAfter(topic, nowMs + ms)) return true;
    return false;
  };
  if (topics.length === 0) return skip('clock', 'there is no source topic to compare with');
  const next = 'set it by NTP, here and on the brokers';
  if (await isAhead(STOP_MS)) return fail('clock', 'our clock is more than 5 min behind the brokers', next);
  if (await isAhead(AHEAD_MS)) return warn('clock', 'our clock is more than 10 s behind the brokers', next);
  return ok('clock', 'no append time of the sources lies ahead of ours');
};

const PROVISION = 'unjoin provision -c <file> --dry-run';

const topicChecks = ({ create, change, keep, problems, sessionTimeoutMs }: Survey): Check[] => [
  ...create.map(({ name }) => fail('topic', `${name} does not exist, or we may not see it`, PROVISION, 78)),
  ...problems.map(({ topic, setting, expected }) => fail('topic', `${topic} needs ${setting} ${expected}`, PROVISION, 78)),
  ...change.map(({ topic, setting, to }) => warn('topic', `${topic} should have ${setting} ${to}`, PROVISION)),
  ...(keep.length > 0 ? [ok('topic', `${keep.length} as they should be`)] : []),
  sessionTimeoutMs === null
    ? skip('brokers', 'we may not see their settings', 'run it as an operator: --user, --password-file')
    : sessionTimeoutMs > RECOMMENDED_SESSION_MS
      ? warn('brokers', `a dead broker is noticed after ${sessionTimeoutMs} ms`, `set broker.session.timeout.ms=${RECOMMENDED_SESSION_MS}`)
      : ok('brokers', `a dead broker is noticed after ${sessionTimeoutMs} ms`),
];

const rightsChecks = async (admin: ClusterAdmin, input: ProvisionInput): Promise<Check[]> => {
  let known: Awaited<ReturnType<ClusterAdmin['acls']>>;
  try {
    known = await admin.acls();
  } catch (error) {
    const code = error instanceof TransportError ? error.code : '';
    if (code === 'denied') return [skip('rights', 'we may not see access lists', 'run it as an operator: --user, --password-file')];
    if (code === 'misconfigured')
      return [warn('rights', 'the brokers keep no access lists', 'configure an authorizer: anybody may read everything')];
    throw error;
  }
  const lacking = lackingRules(aclRules(input), known);
  const excess = excessRules(input, known);
  const who = [...new Set(lacking.map(({ principal }) => principal))].join(', ');
  return [
    lacking.length === 0 ? ok('rights', 'nobody lacks any') : fail('rights', `${who}: ${lacking.length} are missing`, PROVISION, 77),
    ...excess.map(({ principal, operation, name }) =>
      warn('rights', `${principal} may ${operation} ${name}, which neither policy nor configuration says`, `${PROVISION} --revoke`),
    ),
  ];
};

/** What a cluster that answers is like. Changes nothing. Throws `TransportError` when it stops to answer. */
export const clusterChecks = async (admin: ClusterAdmin, input: ProvisionInput, nowMs: number): Promise<Check[]> => {
  const count = await admin.brokers();
  const survey = await surveyCluster(admin, input, false);
  const missing = new Set(survey.create.map(({ name }) => name));
  const sources = Object.values(input.sources).filter((name) => !missing.has(name));
  return [
    count >= 3
      ? ok('cluster', `${count} brokers`)
      : warn('cluster', `${count} ${count === 1 ? 'broker' : 'brokers'}`, 'three survive the loss of one'),
    ...topicChecks(survey),
    ...(await rightsChecks(admin, input)),
    await clockCheck(admin, sources, nowMs),
  ];
};
