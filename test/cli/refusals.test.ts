import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { openRecipients } from '../../src/runtime/keys/recipients.ts';
import { openRing } from '../../src/runtime/keys/ring.ts';
import { BASE, edit, PASSWORD, writeConfig } from '../runtime/config/world.ts';
import { type Ended, ended, STACK, startUnjoin, unjoinAll } from './commands.ts';

/** What an operator got wrong: the configuration, how the command ends, and what it says. */
interface Case {
  readonly text: string;
  readonly exit: 69 | 77 | 78;
  readonly code: string;
  /** Where: a position in a file, or the key of the configuration. */
  readonly at: RegExp;
  readonly next: RegExp;
  /** Makes what the configuration names in the folder where it lies. */
  readonly prepare?: (dir: string) => void;
}

const KEY = 'c2VjcmV0LWtleS1ieXRlcy1jYW5hcnktMzMyMTEtMDA=';
const LOGIN = 'mechanism: scram-sha-512, username: gate, passwordFile: secrets/gate';
const PLAIN = BASE.replace(/ {2}tls: .*\n {2}sasl: .*\n/, '').replace('port: 9464', 'port: 0');
const position = (key: string, text = BASE): RegExp => new RegExp(`^\\S+unjoin\\.yaml:${lineOf(key, text)}:\\d+ error `, 'm');
const lineOf = (key: string, text: string): number => text.slice(0, text.indexOf(key)).split('\n').length;
const KEYS = position('keys: keys/', PLAIN);
const policy = (text: string) => ({
  text: BASE.replace(/policy: .*/, 'policy: own.yaml'),
  prepare: (dir: string) => writeFileSync(join(dir, 'own.yaml'), text),
});

const goodKeys = (dir: string): string => {
  const keys = join(dir, 'keys');
  openRing(keys, { prf: 'aes-256-cmac', create: true, views: ['v'] });
  openRecipients(keys, { create: true });
  return keys;
};

const CONFIGURATION: readonly Case[] = [
  { text: edit('tasks: 16', 'tasks: [16'), exit: 78, code: 'config-syntax', at: position('keys:'), next: /fix: ./ },
  { text: edit('tasks: 16', 'taks: 16'), exit: 78, code: 'config-unknown-key', at: position('tasks'), next: /did you mean `tasks`/ },
  { text: edit('  group: unjoin\n', ''), exit: 78, code: 'config-missing-key', at: position('kafka'), next: /add `group`/ },
  { text: edit('tasks: 16', `tasks: ${PASSWORD}`), exit: 78, code: 'config-wrong-type', at: position('tasks'), next: /whole number/ },
  { text: edit('scram-sha-512', PASSWORD), exit: 78, code: 'config-wrong-value', at: position('sasl'), next: /scram-sha-512/ },
  { text: edit(LOGIN, `${LOGIN}, password: ${PASSWORD}`), exit: 78, code: 'config-secret-literal', at: position('sasl'), next: /0600/ },
  { text: edit('secrets/gate', PASSWORD), exit: 78, code: 'config-file-unreadable', at: position('sasl'), next: /check the path/ },
  { text: edit('secrets/gate', 'secrets/open'), exit: 77, code: 'config-secret-mode', at: position('sasl'), next: /chmod 600/ },
  { text: edit('secrets/gate', 'secrets/empty'), exit: 78, code: 'config-secret-empty', at: position('sasl'), next: /write the secret/ },
  { text: edit('ca.pem', 'no.pem'), exit: 78, code: 'config-ca-broken', at: position('tls'), next: /PEM/ },
  {
    text: edit('127.0.0.1:9"', `gate:${PASSWORD}@b:9"`),
    exit: 78,
    code: 'config-broker-address',
    at: position('brokers'),
    next: /host:port/,
  },
  { text: edit('telemetry.device', 'telemetry.operation'), exit: 78, code: 'config-topic-doubled', at: position('sources'), next: /own/ },
  { text: edit('telemetry.device', 'unjoin.device'), exit: 78, code: 'config-topic-own', at: position('sources'), next: /prefix/ },
  { text: edit('device: telemetry.device, ', ''), exit: 78, code: 'config-source-missing', at: position('sources'), next: /add `device/ },
  {
    text: edit('group: unjoin', 'group: product-analytics-2'),
    exit: 78,
    code: 'config-consumer-group',
    at: position('group'),
    next: /another group/,
  },
  { text: BASE.replace(/policy: .*/, 'policy: none.yaml'), exit: 78, code: 'config-file-unreadable', at: position('policy'), next: /path/ },
  { ...policy('unjoin: 1\nname: x\n'), exit: 78, code: 'policy-missing-key', at: /own\.yaml:1:1 error/, next: /fix: add `events`/ },
  { ...policy('unjoin: 1\nevent: {}\n'), exit: 78, code: 'policy-unknown-key', at: /own\.yaml:2:1 error/, next: /did you mean `events`/ },
];

const MACHINE: readonly Case[] = [
  {
    text: BASE.replace(/schemas: .*/, 'schemas: { dir: none/ }'),
    prepare: (dir) => mkdirSync(join(dir, 'none')),
    exit: 78,
    code: 'schema-foreign',
    at: /schemas\.dir/,
    next: /next: copy it there/,
  },
  { text: PLAIN, exit: 77, code: 'key-file-broken', at: KEYS, next: /fix: restore the folder/ },
  {
    text: PLAIN,
    prepare: (dir) => chmodSync(goodKeys(dir), 0o755),
    exit: 77,
    code: 'key-file-mode',
    at: KEYS,
    next: /belong to the service alone/,
  },
  {
    text: PLAIN,
    prepare: (dir) => writeFileSync(join(goodKeys(dir), 'ring.json'), JSON.stringify({ epochs: { 1: KEY } })),
    exit: 77,
    code: 'key-file-broken',
    at: KEYS,
    next: /restore the folder/,
  },
  {
    text: PLAIN,
    prepare: (dir) => writeFileSync(join(goodKeys(dir), 'operator.pub'), `-----BEGIN PUBLIC KEY-----\n${KEY}\n`),
    exit: 77,
    code: 'key-file-broken',
    at: KEYS,
    next: /restore the folder/,
  },
  { text: PLAIN, prepare: goodKeys, exit: 69, code: 'unreachable', at: /kafka\.brokers/, next: /next: start it, or correct the addresses/ },
  {
    text: PLAIN.replace('127.0.0.1:9', 'nowhere.invalid:9092'),
    prepare: goodKeys,
    exit: 69,
    code: 'unreachable',
    at: /kafka\.brokers/,
    next: /unjoin doctor -c/,
  },
];

/** Somebody who takes connections and is no broker. */
const listen = (): Promise<{ readonly server: Server; readonly port: number }> =>
  new Promise((resolve) => {
    const server = createServer(
      (socket) =>
        void socket
          .on('error', () => {})
          .resume()
          .end('220 no broker\r\n'),
    );
    server.listen(0, '127.0.0.1', () => resolve({ server, port: (server.address() as { port: number }).port }));
  });

const taken = (port: number): readonly Case[] => [
  {
    text: BASE.replace('127.0.0.1:9"', `127.0.0.1:${port}"`).replace('port: 9464', 'port: 0'),
    prepare: goodKeys,
    exit: 78,
    code: 'broker-untrusted',
    at: /kafka\.tls/,
    next: /check `kafka\.tls` and the port/,
  },
  { text: PLAIN.replace('port: 0', `port: ${port}`), prepare: goodKeys, exit: 69, code: 'port-taken', at: /`http`/, next: /another port/ },
  {
    text: PLAIN.replace('host: 127.0.0.1', 'host: 192.0.2.1'),
    prepare: goodKeys,
    exit: 78,
    code: 'address-foreign',
    at: /http\.host/,
    next: /127\.0\.0\.1/,
  },
];

/** Neither a secret nor a piece of our own program may be said. */
const SECRETS = [PASSWORD, Buffer.from(PASSWORD).toString('base64').slice(0, 16), KEY.slice(0, 20), Buffer.from(KEY, 'base64').toString()];

const check = (t: Tap, { exit, code, at, next }: Case, ended: Ended): void => {
  const said = ended.stdout + ended.stderr;
  t.equal(ended.exit, exit, `${code}: ${said}`);
  t.match(said, code, code);
  t.match(said, at, `${code}: where`);
  t.match(said, next, `${code}: what to do`);
  for (const secret of SECRETS) t.notOk(said.includes(secret), `${code}: no secret`);
  t.notMatch(said, STACK);
};

type Tap = Pick<typeof t, 'equal' | 'match' | 'notOk' | 'notMatch'>;

t.test('a service that cannot start says where and what to do, and tells no secret', async (t) => {
  const { server, port } = await listen();
  const cases = [...CONFIGURATION, ...MACHINE, ...taken(port)];
  const root = t.testdir(Object.fromEntries(cases.map((_, i) => [String(i), {}])));
  const files = cases.map(({ text, prepare }, i) => {
    const dir = join(root, String(i));
    const file = writeConfig(dir, text);
    prepare?.(dir);
    return file;
  });
  const lines = files.map((file) => ['run', '-c', file]);
  const all = await unjoinAll([...lines, ['run', '-c', join(root, 'none.yaml')]]);
  t.ok(cases.length >= 15, `${cases.length} cases`);
  for (const [i, one] of cases.entries()) check(t, one, all[i]);
  check(t, { text: '', exit: 78, code: 'config-file-unreadable', at: /none\.yaml:1:1/, next: /check the path/ }, all[cases.length]);

  // Codes are the shell's only in a process of its own: one of each.
  for (const exit of [69, 77, 78]) {
    const i = cases.findIndex((one) => one.exit === exit);
    check(t, cases[i], await ended(startUnjoin('run', '-c', files[i])));
  }
  await new Promise((resolve) => server.close(resolve));
});

t.test('verify of a service without brokers ends with 69, too', async (t) => {
  const dir = t.testdir();
  const file = writeConfig(dir, PLAIN);
  const keys = goodKeys(dir);
  const [verify] = await unjoinAll([['verify', '-c', file, '--keys', keys]]);
  check(t, { text: PLAIN, exit: 69, code: 'unreachable', at: /kafka\.brokers/, next: /start it/ }, verify);
});
