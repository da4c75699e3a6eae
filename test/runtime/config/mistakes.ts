import { join } from 'node:path';
import type { ConfigCode } from '../../../src/runtime/config/codes.ts';
import { BASE, edit, PASSWORD, ROOT, SCHEMAS } from './world.ts';

/** What is wrong: text with `«` before the position, code, exit, and words of the fix. */
export type Mistake = readonly [text: string, code: ConfigCode, exit: 77 | 78, fix: RegExp];

const LOGIN = 'sasl: { mechanism: scram-sha-512, username: gate, passwordFile: secrets/gate }';
const login = (inside: string): string => edit(LOGIN, `sasl: { mechanism: scram-sha-512, username: gate, ${inside} }`);
const schemas = (inside: string): string => edit(`{ dir: ${SCHEMAS} }`, inside);
const POLICY = `policy: ${join(ROOT, 'policies/smart-home.yaml')}\n`;

const SHAPE: readonly Mistake[] = [
  [edit('tasks: 16', '«tasks: [16'), 'config-syntax', 78, /./],
  [edit('tasks: 16', 'tasks: 16\n«tasks: 8'), 'config-duplicate-key', 78, /delete/],
  [edit('keys: keys/', 'keys: «*k'), 'config-alias', 78, /write the value out/],
  [edit('keys: keys/', 'keys: !!str «keys/'), 'config-tag', 78, /delete/],
  [`«${'#'.repeat(300_000)}`, 'config-too-large', 78, /split/],
  [`«${'['.repeat(40)}`, 'config-too-deep', 78, /six levels/],
  [edit('tasks: 16', '«task: 16'), 'config-unknown-key', 78, /did you mean `tasks`/],
  [edit('  group: unjoin', '  «grop: unjoin'), 'config-unknown-key', 78, /did you mean `group`/],
  [`${BASE}«initialise: true\n`, 'config-unknown-key', 78, /delete/],
  [login(`passwordFile: secrets/gate, «${PASSWORD}: x`), 'config-unknown-key', 78, /delete/],
  [`«${BASE.replace(POLICY, '')}`, 'config-missing-key', 78, /add `policy`/],
  [edit('tasks: 16', 'tasks: «many'), 'config-wrong-type', 78, /whole number/],
  [edit('tasks: 16', 'tasks: «0'), 'config-wrong-value', 78, /at least 1/],
  [edit('brokers: ["127.0.0.1:9"]', 'brokers: «[]'), 'config-wrong-value', 78, /at least 1/],
  [edit('mechanism: scram-sha-512', 'mechanism: «scram-sha-521'), 'config-wrong-value', 78, /did you mean `scram-sha-512`/],
  [edit('device: telemetry.device', '«"a\\nb": telemetry.device'), 'config-bad-name', 78, /rename/],
  [`${BASE}accept: { digest: «all, by: me, why: so }\n`, 'config-wrong-value', 78, /./],
  [`${BASE}accept: { digest: ${'ab'.repeat(32)}, by: «"", why: so }\n`, 'config-wrong-value', 78, /./],
  [`${BASE}«accept: { digest: ${'ab'.repeat(32)}, by: me }\n`, 'config-missing-key', 78, /add `why`/],
];

const SECRETS: readonly Mistake[] = [
  [login(`«password: ${PASSWORD}`), 'config-secret-literal', 78, /file of mode 0600.*passwordFile/],
  [edit('tls: { caFile: secrets/ca.pem }', `«tls: "-----BEGIN ${PASSWORD}"`), 'config-secret-literal', 78, /caFile/],
  [schemas(`{ registry: { «url: "http://me:${PASSWORD}@r:1" } }`), 'config-secret-literal', 78, /file/],
  [schemas(`{ registry: { url: "https://r", «password: ${PASSWORD} } }`), 'config-secret-literal', 78, /passwordFile/],
  [schemas('{ registry: { url: "https://r", username: me, passwordFile: «secrets/open } }'), 'config-secret-mode', 77, /chmod 600/],
  [schemas(`{ registry: { url: "https://r", «${PASSWORD}: x } }`), 'config-unknown-key', 78, /delete/],
  [login('passwordFile: «secrets/none'), 'config-file-unreadable', 78, /relative to this file/],
  [login('passwordFile: «secrets'), 'config-file-unreadable', 78, /path/],
  [login('passwordFile: «secrets/open'), 'config-secret-mode', 77, /chmod 600/],
  [login('passwordFile: «secrets/empty'), 'config-secret-empty', 78, /secret/],
  [login('passwordFile: «secrets/long'), 'config-secret-empty', 78, /secret/],
  [edit('caFile: secrets/ca.pem', 'caFile: «secrets/no.pem'), 'config-ca-broken', 78, /PEM/],
  [edit('caFile: secrets/ca.pem', 'caFile: «none.pem'), 'config-file-unreadable', 78, /path/],
  [BASE.replace(POLICY, 'policy: «none.yaml\n'), 'config-file-unreadable', 78, /path/],
  [schemas('{ dir: «secrets/gate }'), 'config-file-unreadable', 78, /path/],
];

const MEANING: readonly Mistake[] = [
  [edit('"127.0.0.1:9"', '«"127.0.0.1"'), 'config-broker-address', 78, /host:port/],
  [edit('"127.0.0.1:9"', '«"SASL_SSL://a:9"'), 'config-broker-address', 78, /host:port/],
  [
    edit('"127.0.0.1:9"', '"broker:9"').replace('scram-sha-512', '«plain').replace('tls: { caFile: secrets/ca.pem }', 'tls: false'),
    'config-password-in-clear',
    78,
    /tls/,
  ],
  [schemas('{ registry: { url: «ftp://r } }'), 'config-registry-address', 78, /http/],
  [schemas('{ registry: { url: «"http://r?a=b" } }'), 'config-registry-address', 78, /http/],
  [schemas('{ «registry: { url: "https://r", username: me } }'), 'config-registry-login', 78, /passwordFile/],
  [schemas('{ «registry: { url: "https://r", passwordFile: secrets/gate } }'), 'config-registry-login', 78, /username/],
  [schemas('{ registry: { url: «"http://r:1", username: me, passwordFile: secrets/gate } }'), 'config-password-in-clear', 78, /https/],
  [edit('device: telemetry.device', 'device: «a b'), 'config-topic-name', 78, /letters/],
  [edit('prefix: unjoin.', 'prefix: «a/b'), 'config-topic-name', 78, /letters/],
  [edit('operation: telemetry.operation', 'operation: «telemetry.device'), 'config-topic-doubled', 78, /own/],
  [edit('device: telemetry.device', 'device: «unjoin.device'), 'config-topic-own', 78, /prefix/],
  [`${BASE}principals: { service: «gate }\n`, 'config-principal', 78, /User:/],
  [`${BASE}principals: { consumers: { product-analytics: «pa } }\n`, 'config-principal', 78, /User:/],
];

/** What the policy and the configuration must agree on. */
const AGREEMENT: readonly Mistake[] = [
  [edit('sources: { device', 'sources: { «devise: x, device'), 'config-source-unknown', 78, /did you mean `device`/],
  [edit('device: telemetry.device, ', '').replace('  sources', '  «sources'), 'config-source-missing', 78, /add `device:/],
  [
    edit('operation: telemetry.operation', 'operation: x').replace('telemetry.device', '«telemetry.operation'),
    'config-source-foreign',
    78,
    /correct/,
  ],
  [
    edit('policies/smart-home.yaml', 'examples/gateways/zigbee2mqtt/policy.yaml').replace(
      /sources: .*/,
      'sources: { light: «homes.one.zigbee2mqtt }',
    ),
    'config-source-identity',
    78,
    /in the key/,
  ],
  [`${BASE}principals: { consumers: { «produkt-analytics: User:x } }\n`, 'config-consumer-unknown', 78, /product-analytics/],
  [edit(join(ROOT, 'policies/smart-home.yaml'), '«cards.yaml'), 'config-datasets-missing', 78, /add `datasets:/],
  [edit('group: unjoin', 'group: «device-quality-gate'), 'config-consumer-group', 78, /another group/],
];

export const MISTAKES: readonly Mistake[] = [...SHAPE, ...SECRETS, ...MEANING, ...AGREEMENT];
