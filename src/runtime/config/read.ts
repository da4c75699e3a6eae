import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Ajv } from 'ajv';
import type { Issue } from '../../model/issue.ts';
import { TransportError } from '../../model/log.ts';
import type { IssueCode } from '../../policy/codes.ts';
import { readStrictYaml } from '../../policy/parse.ts';
import { createReporter } from '../../policy/report.ts';
import { checkShape } from '../../policy/shape-check.ts';
import type { KafkaSettings } from '../log/kafka/settings.ts';
import { type Config, ConfigShape } from './shape.ts';

/** A configuration with its files read, or why it cannot be used. Holds secrets: never print it. */
export interface ServiceConfig {
  readonly config: Config;
  readonly settings: KafkaSettings;
  /** Absolute paths. */
  readonly policy: string;
  readonly keys: string;
  readonly schemasDir: string;
}

export type ReadConfig =
  | { readonly service: ServiceConfig; readonly issues: readonly [] }
  | { readonly service: null; readonly issues: readonly Issue[] };

const isShape = new Ajv({ allErrors: false, strict: false }).compile(ConfigShape);

/** Issues of the shared reader speak of policies; here the file is a configuration. */
const ofConfig = (issue: Issue): Issue => ({
  ...issue,
  code: issue.code.replace(/^policy-/, 'config-'),
  message: issue.message.replaceAll('policy', 'configuration'),
  fix: issue.fix.replaceAll('a policy', 'a configuration'),
});

const SECRET_BITS = 0o077;

/** A secret that group or others can read is none (77). */
const readSecret = (path: string): string => {
  if ((statSync(path).mode & SECRET_BITS) !== 0) throw new TransportError('denied', 'a secret file of mode 0600', false);
  return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
};

type Place = readonly (string | number)[];

/** What the configuration names must be there: told at the line that names it. */
const resolveFiles = (config: Config, file: string, report: (path: Place, message: string, fix: string) => void): ServiceConfig | null => {
  const at = (path: string): string => resolve(dirname(file), path);
  let isWhole = true;
  const readable = <T>(path: Place, read: () => T): T | null => {
    try {
      return read();
    } catch (error) {
      if (error instanceof TransportError) throw error;
      report(path, 'the file that is named here cannot be read', 'check the path, which is relative to this file, and its mode');
      isWhole = false;
      return null;
    }
  };
  const { kafka } = config;
  const tls = kafka.tls ?? false;
  const ca = typeof tls === 'object' ? readable(['kafka', 'tls', 'caFile'], () => readFileSync(at(tls.caFile), 'utf8')) : null;
  const { sasl } = kafka;
  const password = sasl === undefined ? null : readable(['kafka', 'sasl', 'passwordFile'], () => readSecret(at(sasl.passwordFile)));
  readable(['policy'], () => readFileSync(at(config.policy), 'utf8'));
  readable(['schemas', 'dir'], () => statSync(at(config.schemas.dir)).isDirectory() || readFileSync(at(config.schemas.dir)));
  if (!isWhole) return null;
  return {
    config,
    settings: {
      brokers: kafka.brokers,
      clientId: kafka.clientId ?? 'unjoin',
      tls: tls === false ? null : { ca },
      sasl: sasl === undefined ? null : { mechanism: sasl.mechanism, username: sasl.username, password: password as string },
      connectTimeoutMs: kafka.connectTimeoutMs ?? 10_000,
      requestTimeoutMs: kafka.requestTimeoutMs ?? 30_000,
    },
    policy: at(config.policy),
    keys: at(config.keys),
    schemasDir: at(config.schemas.dir),
  };
};

/**
 * Reads the service's configuration (interface.md). What is wrong comes back as issues with file, line, column, code and
 * fix; no text of a secret is in any of them. Throws `TransportError` `denied` for a secret that others can read.
 */
export const readConfig = (file: string): ReadConfig => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new TransportError('misconfigured', 'the configuration file cannot be read', false);
  }
  const read = readStrictYaml(text, file);
  if (read.issues.length > 0) return { service: null, issues: read.issues.map(ofConfig) };
  const reporter = createReporter(file, read.locate);
  for (const finding of checkShape(read.value, ConfigShape)) reporter.report(...finding);
  if (reporter.issues.length === 0 && !isShape(read.value))
    reporter.report(
      'policy-wrong-type',
      [],
      'this does not have the shape of a policy',
      'compare it with schemas/config/config.schema.json',
    );
  if (reporter.issues.length > 0) return { service: null, issues: reporter.issues.map(ofConfig) };
  const missing: IssueCode = 'schema-unreadable';
  const service = resolveFiles(read.value as Config, file, (path, message, fix) => reporter.report(missing, path, message, fix, 'value'));
  if (service !== null) return { service, issues: [] };
  return { service: null, issues: reporter.issues.map((issue) => ({ ...issue, code: 'config-file-unreadable' })) };
};
