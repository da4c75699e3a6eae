import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { fleetLines } from '../../properties/world.ts';
import { SCHEMAS } from '../../runtime/config/world.ts';
import { type TestBroker, unique } from './broker.ts';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const POLICY = fileURLToPath(new URL('../../../policies/smart-home.yaml', import.meta.url));

export interface PolicyChange {
  readonly k: number;
  readonly window: string;
}

/** The smart-home policy without its view of places, with short windows; its files are named by absolute paths. */
export const fastPolicy = (prefix: string, { k, window }: PolicyChange): string => {
  const root = fileURLToPath(new URL('../../../', import.meta.url));
  const policy = parse(readFileSync(POLICY, 'utf8').replaceAll('../', root));
  delete policy.views['presence-by-area'];
  for (const view of Object.values(policy.views) as Record<string, unknown>[]) Object.assign(view, { k, window });
  // A topic that the policy does not name is identity: the ledger would tell of it.
  for (const [name, event] of Object.entries(policy.events) as [string, Record<string, unknown>][])
    event['topics'] = [`${prefix}src.${name}`];
  return stringify(policy);
};

export interface ServiceFiles {
  readonly dir: string;
  readonly config: string;
  readonly policy: string;
  readonly prefix: string;
}

/** Writes a policy and a configuration for a group of its own on the plain-text listener. `more` is YAML. */
export const writeService = ({ settings }: TestBroker, dir: string, of: PolicyChange, more = ''): ServiceFiles => {
  const prefix = `${unique('svc')}.`;
  const [policy, config] = [join(dir, 'policy.yaml'), join(dir, 'unjoin.yaml')];
  writeFileSync(policy, fastPolicy(prefix, of));
  writeFileSync(
    config,
    `unjoin: 1
policy: policy.yaml
kafka: { brokers: ${JSON.stringify(settings.brokers)}, group: "${prefix}group", sessionTimeoutMs: 6000 }
topics:
  sources: { device: "${prefix}src.device", operation: "${prefix}src.operation", location: "${prefix}src.location" }
  prefix: "${prefix}own."
  sourcePartitions: 2
schemas: { dir: "${SCHEMAS}" }
tasks: 2
keys: keys
http: { host: 127.0.0.1, port: 0 }
${more === '' ? 'limits: { idleMs: 500, fetchWaitMs: 100 }\n' : more}`,
  );
  return { dir, config, policy, prefix };
};

/** One line of the service's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly code: string };

export interface RunningService {
  /** Everything that it said so far. */
  said(): string;
  lines(): readonly LogLine[];
  /** The next line of a code behind those that were waited for already. Rejects when the process ends before. */
  next(code: string): Promise<LogLine>;
  /** Resolves when what it said has a text. */
  says(text: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  readonly pid: number;
  readonly ended: Promise<number | null>;
}

/** Starts `unjoin run -c` as a process of its own. */
export const runService = (config: string, args: readonly string[] = [], node: readonly string[] = []): RunningService => {
  const child = spawn(process.execPath, [...node, '--import', 'tsx', MAIN, 'run', '-c', config, ...args], {
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let isOver = false;
  const lines: LogLine[] = [];
  const taken = new Map<string, number>();
  const waiting = new Set<() => void>();
  const look = (): void => {
    for (const one of waiting) one();
  };
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (text) => {
      said += `${text}\n`;
      if (text.startsWith('{')) lines.push(JSON.parse(text) as LogLine);
      look();
    });
  const ended = new Promise<number | null>((resolve) =>
    child.on('close', (code) => {
      isOver = true;
      look();
      resolve(code);
    }),
  );
  const until = <T>(find: () => T | undefined, what: string): Promise<T> =>
    new Promise((resolve, reject) => {
      const again = (): void => {
        const found = find();
        if (found !== undefined) resolve(found);
        else if (isOver) reject(new Error(`the service ended before it said ${what}:\n${said}`));
        else return;
        waiting.delete(again);
      };
      waiting.add(again);
      again();
    });
  return {
    said: () => said,
    lines: () => lines,
    next(code) {
      const number = taken.get(code) ?? 0;
      taken.set(code, number + 1);
      return until(() => lines.filter((line) => line.code === code)[number], code);
    },
    says: (text) => until(() => (said.includes(text) ? (true as const) : undefined), text).then(() => {}),
    signal: (name) => void child.kill(name),
    pid: child.pid as number,
    ended,
  };
};

export interface FleetOptions {
  readonly count: number;
  readonly seed: number;
  readonly devices?: number;
}

/** The lines of a fleet that `publishFleet` publishes. */
export const linesOfFleet = (options: FleetOptions): Buffer[] =>
  fleetLines({ devices: Math.ceil(options.count / 3), malformedShare: 0.01, partitions: 2, ...options });

/** Publishes a fleet as gateways do, each event to the topic of its type; returns how many records there are. */
export const publishFleet = async ({ producer }: TestBroker, prefix: string, options: FleetOptions): Promise<number> => {
  const lines = linesOfFleet(options);
  const topics = new Map<string, { partition: number; key: string; value: string | null; headers: { client: string } }[]>();
  for (const line of lines) {
    if (line.length > 50_000) continue;
    let envelope: { topic: string; partition: number; key: string; value: unknown };
    try {
      envelope = JSON.parse(line.toString());
    } catch {
      continue;
    }
    const topic = `${prefix}src.${envelope.topic.split('.').pop()}`;
    const value = envelope.value === null ? null : JSON.stringify(envelope.value);
    const own = topics.get(topic) ?? [];
    own.push({ partition: envelope.partition, key: envelope.key, value, headers: { client: 'c-1' } });
    topics.set(topic, own);
  }
  let sent = 0;
  for (const [topic, messages] of topics)
    for (let from = 0; from < messages.length; from += 500) {
      await producer.send({ topic, messages: messages.slice(from, from + 500) });
      sent += Math.min(500, messages.length - from);
    }
  return sent;
};
