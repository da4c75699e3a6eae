/**
 * Everything that can be wrong with a configuration: docs/service.md lists it, a test produces every code. Codes of what is
 * wrong with its YAML and its shape are those of policies under another first word.
 */
interface ConfigEntry {
  readonly severity: 'error' | 'warning';
  readonly meaning: string;
}

const error = (meaning: string): ConfigEntry => ({ severity: 'error', meaning });
const warning = (meaning: string): ConfigEntry => ({ severity: 'warning', meaning });

const SHAPE_ISSUES = {
  'config-syntax': error('the file is not one YAML document with text keys'),
  'config-too-large': error('the file is larger than any configuration'),
  'config-too-deep': error('maps and lists stand in each other deeper than any configuration needs'),
  'config-alias': error('a YAML alias, which can expand without bound'),
  'config-tag': error('a YAML tag, which other readers may run as code'),
  'config-duplicate-key': error('a key stands twice in one map'),
  'config-bad-name': error('a name has characters that no name has'),
  'config-unknown-key': error('a key that a configuration does not have there'),
  'config-missing-key': error('a key that must be there'),
  'config-wrong-type': error('a value of another type than expected'),
  'config-wrong-value': error('a value that is not allowed there'),
} as const;

const FILE_ISSUES = {
  'config-file-unreadable': error('a file or folder that is named cannot be read'),
  'config-ca-broken': error('the file of the authority holds no certificate in PEM'),
  'config-secret-literal': error('a secret stands in the configuration itself, which is copied, committed and shown'),
  'config-secret-mode': error('a secret file can be opened by others, or not by us (exit 77)'),
  'config-secret-empty': error('a secret file is empty, or larger than any secret'),
} as const;

const MEANING_ISSUES = {
  'config-broker-address': error('a broker is not `host:port`'),
  'config-registry-address': error('the registry is no http or https address'),
  'config-registry-login': error('the registry has a user without a password, or a password without a user'),
  'config-password-in-clear': error('a password would go in clear over a network: PLAIN without TLS, or a registry by http'),
  'config-topic-name': error('Kafka has no topic of that name'),
  'config-topic-doubled': error('two event types read one topic, which would be counted twice'),
  'config-topic-own': error('a source topic lies below the prefix of our own topics'),
  'config-principal': error('a principal is not `User:name`'),
  'config-http-open': warning('probes and metrics are served beyond this machine'),
} as const;

/** Told only where the policy is at hand as well. */
const POLICY_ISSUES = {
  'config-source-unknown': error('an event type that the policy does not have'),
  'config-source-missing': error('an event type that a view reads has no topic'),
  'config-source-identity': error(
    'the name of a topic says who it is about, and names of topics stand in ledger, access lists and metrics',
  ),
  'config-source-foreign': error('a topic that the policy takes for another event type'),
  'config-consumer-unknown': error('a consumer that no view of the policy has'),
  'config-datasets-missing': error('the policy declares datasets, and nothing says where their indexes are'),
  'config-consumer-group': error('the name of a consumer begins the name of our own group, so that it could join it'),
} as const;

export const CONFIG_ISSUES = { ...SHAPE_ISSUES, ...FILE_ISSUES, ...MEANING_ISSUES, ...POLICY_ISSUES } as const satisfies Record<
  string,
  ConfigEntry
>;

export type ConfigCode = keyof typeof CONFIG_ISSUES;
