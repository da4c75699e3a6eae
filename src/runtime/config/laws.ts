import { isIP } from 'node:net';
import type { Reporter } from '../../policy/report.ts';
import { didYouMean } from '../../policy/suggest.ts';
import type { ConfigCode } from './codes.ts';
import type { Config } from './shape.ts';

type Report = Reporter<ConfigCode>['report'];

const isPort = (text: string): boolean => /^[1-9][0-9]{0,4}$/.test(text) && Number(text) <= 65_535;

/** Host and port of `host:port` or `[address]:port`; null for anything else. */
export const addressOf = (text: string): { readonly host: string; readonly port: number } | null => {
  const [, bracketed, plain, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):([0-9]+)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || !isPort(port)) return null;
  if (bracketed !== undefined && isIP(bracketed) !== 6) return null;
  return { host, port: Number(port) };
};

export const isLoopback = (host: string): boolean => host === 'localhost' || host === '::1' || /^127\./.test(host);

const brokerLaws = ({ kafka }: Config, report: Report): void => {
  const addresses = kafka.brokers.map(addressOf);
  for (const [i, address] of addresses.entries())
    if (address === null)
      report('config-broker-address', ['kafka', 'brokers', i], 'this is not the address of a broker', 'write `host:port`', 'value');
  const isNear = addresses.every((address) => address !== null && isLoopback(address.host));
  if (kafka.sasl?.mechanism === 'plain' && (kafka.tls ?? false) === false && !isNear)
    report(
      'config-password-in-clear',
      ['kafka', 'sasl', 'mechanism'],
      'PLAIN without TLS sends the password in clear',
      'add `tls: true` or `tls: { caFile: ... }`, or use scram-sha-512',
      'value',
    );
};

/** Kafka's own rule (`Topic.validate`). */
const TOPIC = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;
const LONGEST_SUFFIX = 64;

const topicLaws = ({ topics }: Config, report: Report): void => {
  const NAME = 'use letters, digits, `.`, `_` and `-`, 249 at most';
  if (!TOPIC.test(topics.prefix) || topics.prefix.length > 249 - LONGEST_SUFFIX)
    report('config-topic-name', ['topics', 'prefix'], 'no topic can begin like this', NAME, 'value');
  const seen = new Set<string>();
  for (const [event, topic] of Object.entries(topics.sources)) {
    const at = ['topics', 'sources', event];
    if (!TOPIC.test(topic)) report('config-topic-name', at, 'Kafka has no topic of such a name', NAME, 'value');
    else if (topic.startsWith(topics.prefix))
      report('config-topic-own', at, 'this topic lies below `topics.prefix`', 'give our own topics another prefix', 'value');
    if (seen.has(topic))
      report('config-topic-doubled', at, 'another event type reads this topic already', 'give each event type a topic of its own', 'value');
    seen.add(topic);
  }
};

const principalLaws = ({ principals = {} }: Config, report: Report): void => {
  const check = (text: string | undefined, at: readonly (string | number)[]): void => {
    if (text === undefined || /^User:[^\s]+$/.test(text)) return;
    report('config-principal', at, 'this is no principal', 'write `User:` and the name that the broker knows', 'value');
  };
  const { service, gateways = [], auditors = [], consumers = {} } = principals;
  check(service, ['principals', 'service']);
  for (const [i, one] of gateways.entries()) check(one, ['principals', 'gateways', i]);
  for (const [i, one] of auditors.entries()) check(one, ['principals', 'auditors', i]);
  for (const [name, one] of Object.entries(consumers)) check(one, ['principals', 'consumers', name]);
};

const isHttp = (text: string): boolean => {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url !== null && ['http:', 'https:'].includes(url.protocol) && `${url.username}${url.password}${url.search}${url.hash}` === '';
};

const httpLaws = ({ http }: Config, report: Report): void => {
  if (http !== undefined && !isLoopback(http.host))
    report(
      'config-http-open',
      ['http', 'host'],
      'probes and metrics are served beyond this machine',
      'use 127.0.0.1, or see that only your monitoring reaches the port',
      'value',
    );
};

const registryLaws = ({ schemas }: Config, report: Report): void => {
  if (!('registry' in schemas)) return;
  const { url, username, passwordFile } = schemas.registry;
  const at = ['schemas', 'registry'];
  if (!isHttp(url)) {
    report('config-registry-address', [...at, 'url'], 'this is no address of a registry', 'write http(s)://host:port', 'value');
    return;
  }
  if ((username === undefined) !== (passwordFile === undefined))
    report('config-registry-login', at, 'a user and a password belong together', 'add `username` and `passwordFile`, or leave both out');
  const { protocol, hostname } = new URL(url);
  if (passwordFile !== undefined && protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, '')))
    report('config-password-in-clear', [...at, 'url'], 'http sends the password in clear', 'use https', 'value');
};

/** What the shape cannot say. */
export const configLaws = (config: Config, report: Report): void => {
  brokerLaws(config, report);
  topicLaws(config, report);
  principalLaws(config, report);
  httpLaws(config, report);
  registryLaws(config, report);
};

export interface PolicyEventSide {
  readonly name: string;
  readonly topics: readonly string[];
  readonly isRead: boolean;
  /** Path of an identifier that the event takes from the name of its topic; null when it takes none. */
  readonly topicIdentity: string | null;
}

/** What an officer's policy says that a configuration must agree with. */
export interface PolicySide {
  readonly events: readonly PolicyEventSide[];
  readonly consumers: readonly string[];
  readonly datasets: readonly string[];
}

/** What the configuration and the policy must agree on. */
export const agreementLaws = (config: Config, policy: PolicySide, report: Report): void => {
  const { sources } = config.topics;
  const names = policy.events.map(({ name }) => name);
  const missing = policy.events.filter(({ name, isRead }) => isRead && !Object.hasOwn(sources, name)).map(({ name }) => name);
  for (const [event, topic] of Object.entries(sources)) {
    const at = ['topics', 'sources', event];
    if (!names.includes(event)) {
      const fix = didYouMean(event, names, `use one of: ${names.join(', ')}`);
      report('config-source-unknown', at, 'the policy has no event type of this name', fix);
    }
    const identity = policy.events.find(({ name }) => name === event)?.topicIdentity ?? null;
    if (identity !== null) {
      const fix = 'let the gateway write to one topic, with the id in the key or a header; files can be run as they are';
      report('config-source-identity', at, `the policy takes \`${identity}\` from the name of this topic`, fix, 'value');
    }
    const owner = policy.events.find((one) => one.topics.includes(topic));
    if (owner !== undefined && owner.name !== event)
      report('config-source-foreign', at, `the policy takes this topic for \`${owner.name}\``, 'correct the topic, here or there', 'value');
  }
  for (const name of missing)
    report('config-source-missing', ['topics', 'sources'], `\`${name}\` has no topic`, `add \`${name}: <its topic>\``);
  if (policy.datasets.length > 0 && config.datasets === undefined)
    report(
      'config-datasets-missing',
      ['policy'],
      `the policy declares the dataset \`${policy.datasets[0]}\`, and no \`datasets\` stands here`,
      'add `datasets: <folder of indexes>`',
      'value',
    );
  for (const name of Object.keys(config.principals?.consumers ?? {}))
    if (!policy.consumers.includes(name))
      report(
        'config-consumer-unknown',
        ['principals', 'consumers', name],
        'no view of the policy has a consumer of this name',
        didYouMean(name, policy.consumers, `use one of: ${policy.consumers.join(', ')}`),
      );
  for (const name of policy.consumers)
    if (config.kafka.group.startsWith(name))
      report(
        'config-consumer-group',
        ['kafka', 'group'],
        `groups that begin with \`${name}\` belong to that consumer`,
        'give the service another group',
        'value',
      );
};
