import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { addressOf } from '../config/laws.ts';
import type { KafkaSettings } from '../log/kafka/settings.ts';

/** How far one gets to a broker, before anybody logs in. */
export type ReachState =
  | 'ok'
  /** Nobody listens, or no answer in time. */
  | 'silent'
  /** The host has no address. */
  | 'unknown-host'
  /** It listens but does not speak TLS as we do. */
  | 'no-tls'
  /** The certificate is of no authority that we trust. */
  | 'untrusted'
  | 'expired'
  /** The certificate is for another host. */
  | 'other-host';

export interface Reach {
  readonly broker: string;
  readonly state: ReachState;
  /** End of the certificate, ms; null without TLS. */
  readonly certifiedUntilMs: number | null;
}

/** By error codes of Node; texts of certificates and hosts are dropped. */
const STATES: Readonly<Record<string, ReachState>> = {
  ENOTFOUND: 'unknown-host',
  EAI_AGAIN: 'unknown-host',
  CERT_HAS_EXPIRED: 'expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'other-host',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'untrusted',
  SELF_SIGNED_CERT_IN_CHAIN: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT: 'untrusted',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'untrusted',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'untrusted',
  CERT_SIGNATURE_FAILURE: 'untrusted',
};

/** Whoever takes a connection and then breaks the handshake off speaks something else. */
const stateOf = (error: unknown, isConnected: boolean): ReachState =>
  STATES[String(Reflect.get(Object(error), 'code'))] ?? (isConnected ? 'no-tls' : 'silent');

const open = ({ tls }: KafkaSettings, host: string, port: number): Socket => {
  if (tls === null) return connect({ host, port });
  return connectTls({ host, port, ...(tls.ca === null ? {} : { ca: [tls.ca] }), ...(isIP(host) === 0 ? { servername: host } : {}) });
};

const reachOne = (settings: KafkaSettings, broker: string, timeoutMs: number): Promise<Reach> => {
  const address = addressOf(broker);
  if (address === null) return Promise.resolve({ broker, state: 'unknown-host', certifiedUntilMs: null });
  return new Promise((resolve) => {
    const socket = open(settings, address.host, address.port);
    let isConnected = false;
    const end = (state: ReachState, certifiedUntilMs: number | null = null): void => {
      socket.destroy();
      resolve({ broker, state, certifiedUntilMs });
    };
    // Connected, but the handshake never ends: something else listens there.
    socket.setTimeout(timeoutMs, () => end(isConnected && settings.tls !== null ? 'no-tls' : 'silent'));
    socket.once('error', (error) => end(stateOf(error, isConnected)));
    socket.once('close', () => end(isConnected ? 'no-tls' : 'silent'));
    socket.once('connect', () => {
      isConnected = true;
      if (settings.tls === null) end('ok');
    });
    socket.once('secureConnect', () => end('ok', Date.parse((socket as TLSSocket).getPeerCertificate().valid_to)));
  });
};

/** Opens a connection to every broker of the configuration, and closes it again. Never throws. */
export const reachBrokers = (settings: KafkaSettings): Promise<readonly Reach[]> =>
  Promise.all(settings.brokers.map((broker) => reachOne(settings, broker, settings.connectTimeoutMs)));
