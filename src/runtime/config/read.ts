import { statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Ajv } from 'ajv';
import type { Issue } from '../../model/issue.ts';
import { once } from '../../model/once.ts';
import type { EventPlan, Plan } from '../../model/plan.ts';
import { type Locate, START } from '../../policy/locate.ts';
import { readStrictYaml } from '../../policy/parse.ts';
import { type Reporter, reporterOf } from '../../policy/report.ts';
import { checkShape, type Finding } from '../../policy/shape-check.ts';
import type { KafkaSettings } from '../log/kafka/settings.ts';
import type { RegistrySettings } from '../registry/http.ts';
import { CONFIG_ISSUES, type ConfigCode } from './codes.ts';
import { DEFAULTS, type Settled, settle } from './defaults.ts';
import { type FromFile, readAuthority, readPlain, readSecret } from './files.ts';
import { agreementLaws, configLaws } from './laws.ts';
import { literalSecrets } from './secrets.ts';
import { type Config, ConfigShape } from './shape.ts';

/** A configuration with its files read and its defaults filled in. Holds secrets: never print it. */
export interface ServiceConfig {
  readonly config: Settled;
  readonly settings: KafkaSettings;
  /** Absolute paths. */
  readonly policy: string;
  readonly keys: string;
  readonly plans: string;
  /** Folder of indexes; null where none is named, as for a policy without datasets. */
  readonly datasets: string | null;
  readonly schemas: SchemaPlace;
  /** Where a key stands in the file, for what is found out later. */
  readonly place: { readonly file: string; readonly locate: Locate };
}

/** Where schema ids come from. */
export type SchemaPlace = { readonly kind: 'dir'; readonly dir: string } | ({ readonly kind: 'registry' } & RegistrySettings);

/** Warnings alone come with a service. */
export type ReadConfig =
  | { readonly service: ServiceConfig; readonly issues: readonly Issue[] }
  | { readonly service: null; readonly issues: readonly Issue[] };

/** Compiled when the first configuration is read, as that of policies. */
const validator = once(() => new Ajv({ allErrors: false, strict: false }).compile(ConfigShape));

/** The same mistake under the name that it has in a configuration. */
const codeOf = (code: string): ConfigCode => code.replace(/^policy-/, 'config-') as ConfigCode;

/** A key beside a login may be a password that lost its key, so an unknown one is not repeated there. */
const toConfig = ([code, path, message, fix, at]: Finding): Parameters<Reporter<ConfigCode>['report']> => [
  codeOf(code),
  path,
  code === 'policy-unknown-key' && (path.includes('sasl') || path.includes('registry')) ? 'there is no such key here' : message,
  fix,
  at,
];

const SECRET_FIX = 'put it into a file of mode 0600 and name that: `passwordFile`, `caFile`';

const FILE_TEXTS: Readonly<Partial<Record<ConfigCode, readonly [message: string, fix: string]>>> = {
  'config-file-unreadable': ['what is named here cannot be read', 'check the path, which is relative to this file, and its mode'],
  'config-ca-broken': ['the file that is named here holds no certificate', "write the authority's certificate into it, in PEM"],
  'config-secret-mode': ['others can open the file that is named here, or we cannot', 'chmod 600 it, and let it belong to the service'],
  'config-secret-empty': ['the file that is named here holds no secret', 'write the secret into it, on one line'],
};

type Place = readonly (string | number)[];

/** What the configuration names must be there: told at the line that names it. */
const resolveFiles = (config: Settled, place: ServiceConfig['place'], report: Reporter<ConfigCode>['report']): ServiceConfig | null => {
  const at = (path: string): string => resolve(dirname(place.file), path);
  let isWhole = true;
  const told = (path: Place, { text, code }: FromFile): string => {
    if (code === null) return text;
    isWhole = false;
    const [message, fix] = FILE_TEXTS[code] ?? ['', ''];
    report(code, path, message, fix, 'value');
    return '';
  };
  const { kafka, schemas } = config;
  const { tls, sasl } = kafka;
  const ca = typeof tls === 'object' ? told(['kafka', 'tls', 'caFile'], readAuthority(at(tls.caFile))) : null;
  const password = sasl === undefined ? '' : told(['kafka', 'sasl', 'passwordFile'], readSecret(at(sasl.passwordFile)));
  told(['policy'], readPlain(at(config.policy)));
  const schemaPlace = ((): SchemaPlace => {
    if ('dir' in schemas) {
      const isFolder = statSync(at(schemas.dir), { throwIfNoEntry: false })?.isDirectory() === true;
      told(['schemas', 'dir'], isFolder ? { text: '', code: null } : { text: null, code: 'config-file-unreadable' });
      return { kind: 'dir', dir: at(schemas.dir) };
    }
    const { url, caFile, timeoutMs = DEFAULTS.registry.timeoutMs, username, passwordFile } = schemas.registry;
    const own = caFile === undefined ? null : told(['schemas', 'registry', 'caFile'], readAuthority(at(caFile)));
    const secret = passwordFile === undefined ? '' : told(['schemas', 'registry', 'passwordFile'], readSecret(at(passwordFile)));
    return { kind: 'registry', url, ca: own, timeoutMs, login: username === undefined ? null : { username, password: secret } };
  })();
  if (!isWhole) return null;
  const { brokers, clientId, connectTimeoutMs, requestTimeoutMs } = kafka;
  return {
    config,
    settings: {
      brokers,
      clientId,
      tls: tls === false ? null : { ca },
      sasl: sasl === undefined ? null : { mechanism: sasl.mechanism, username: sasl.username, password },
      connectTimeoutMs,
      requestTimeoutMs,
    },
    policy: at(config.policy),
    keys: at(config.keys),
    plans: config.plans === undefined ? join(at(config.keys), 'plans') : at(config.plans),
    datasets: config.datasets === undefined ? null : at(config.datasets),
    schemas: schemaPlace,
    place,
  };
};

const isError = ({ severity }: Issue): boolean => severity === 'error';

/** The configuration as the shape and the laws have it; the reporter tells what is wrong. */
const check = (value: unknown, reporter: Reporter<ConfigCode>): Config | null => {
  const { report, issues } = reporter;
  const secrets = literalSecrets(value);
  for (const path of secrets) report('config-secret-literal', path, 'a secret must not stand in the configuration', SECRET_FIX);
  // A secret is one mistake, not also an unknown key.
  if (secrets.length > 0) return null;
  for (const finding of checkShape(value, ConfigShape)) report(...toConfig(finding));
  if (issues.some(isError)) return null;
  const isShape = validator();
  if (!isShape(value)) {
    report('config-wrong-type', [], 'this does not have the shape of a configuration', 'see schemas/config/config.schema.json');
    return null;
  }
  configLaws(value as Config, report);
  return issues.some(isError) ? null : (value as Config);
};

/**
 * Reads the service's configuration (docs/service.md). What is wrong comes back as issues with file, line, column, code and
 * fix; no text of a secret is in any of them. Never throws.
 */
export const readConfig = (file: string): ReadConfig => {
  const { text, code } = readPlain(file);
  if (code !== null) {
    const message = 'the configuration cannot be read';
    return { service: null, issues: [{ code, severity: 'error', file, ...START, message, fix: 'check the path and its mode' }] };
  }
  const { value, locate, issues: broken } = readStrictYaml(text, file);
  if (broken.length > 0) return { service: null, issues: broken.map((issue) => ({ ...issue, code: codeOf(issue.code) })) };
  const reporter = reporterOf(CONFIG_ISSUES, file, locate);
  const config = check(value, reporter);
  const service = config === null ? null : resolveFiles(settle(config), { file, locate }, reporter.report);
  return { service, issues: reporter.issues };
};

/** An identifier that an event takes from the name of its topic. */
const topicIdentityOf = ({ fields, derived }: EventPlan): string | null =>
  fields.find(({ path, identifier }) => {
    const plan = derived.get(path);
    return identifier !== null && plan?.kind === 'text' && plan.origin.kind === 'topic';
  })?.path ?? null;

/** What the configuration and the policy that it names disagree on, at the lines of the configuration. */
export const checkAgreement = ({ config, place }: ServiceConfig, plan: Plan): readonly Issue[] => {
  const reporter = reporterOf(CONFIG_ISSUES, place.file, place.locate);
  const events = plan.events.map((event) => ({
    name: event.name,
    topics: event.topics,
    isRead: event.views.length > 0,
    topicIdentity: topicIdentityOf(event),
  }));
  const consumers = [...new Set(plan.views.flatMap((view) => view.consumers))];
  const datasets = plan.datasets.map(({ name }) => name);
  agreementLaws(config as Config, { events, consumers, datasets }, reporter.report);
  return reporter.issues;
};
