import { TransportError } from '../model/log.ts';
import { readSecret } from '../runtime/config/files.ts';
import { reachBrokers } from '../runtime/doctor/reach.ts';
import type { ClusterAdmin } from '../runtime/log/kafka/admin.ts';
import type { KafkaSettings } from '../runtime/log/kafka/settings.ts';
import { CliError, EXIT } from './exit.ts';

/** Flags of commands that an operator runs under another name than the service's. */
export interface LoginFlags {
  readonly user?: string;
  readonly passwordFile?: string;
}

/** The settings of the configuration, with another user when the command line names one. */
export const settingsFor = (settings: KafkaSettings, { user, passwordFile }: LoginFlags): KafkaSettings => {
  if (user === undefined && passwordFile === undefined) return settings;
  if (user === undefined || passwordFile === undefined || settings.sasl === null)
    throw new CliError(
      'usage',
      EXIT.config,
      '--user and --password-file together, and `kafka.sasl` in the configuration',
      'name both, or neither',
    );
  const { text, code } = readSecret(passwordFile);
  if (code !== null)
    throw new CliError(
      code,
      code === 'config-secret-mode' ? EXIT.denied : EXIT.config,
      'a password file of mode 0600 that holds a password',
      'check the path after --password-file, and chmod 600 it',
    );
  return { ...settings, sasl: { ...settings.sasl, username: user, password: text } };
};

const UNREACHABLE = new CliError(
  'unreachable',
  EXIT.unavailable,
  'a broker that answers at `kafka.brokers`',
  'start it, or correct the addresses; unjoin doctor -c <file> says more',
);

/** Says at once that nobody is there, which kafkajs would find out in half a minute. */
const checkReach = async (settings: KafkaSettings): Promise<void> => {
  const reached = await reachBrokers(settings);
  if (reached.some(({ state }) => state === 'ok')) return;
  if (reached.every(({ state }) => state === 'silent' || state === 'unknown-host')) throw UNREACHABLE;
  throw new CliError(
    'broker-untrusted',
    EXIT.config,
    'brokers that speak TLS with a certificate of `kafka.tls`',
    'check `kafka.tls` and the port; unjoin doctor -c <file> says more',
  );
};

/** What begins with the brokers. That they are not there is the matter of an operator, not of another try: 69. */
export const withBrokers = async <T>(settings: KafkaSettings, work: () => Promise<T>): Promise<T> => {
  await checkReach(settings);
  try {
    return await work();
  } catch (error) {
    if (error instanceof TransportError && error.code === 'unreachable') throw UNREACHABLE;
    throw error;
  }
};

/** Administration of the cluster, closed at the end. */
export const withAdmin = <T>(settings: KafkaSettings, work: (admin: ClusterAdmin) => Promise<T>): Promise<T> =>
  withBrokers(settings, async () => {
    const { openAdmin } = await import('../runtime/log/kafka/admin.ts');
    const admin = await openAdmin(settings);
    return await work(admin).finally(() => admin.close());
  });
