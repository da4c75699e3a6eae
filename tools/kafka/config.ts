import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Ports of one node, all on loopback. */
export interface NodePorts {
  readonly internal: number;
  readonly controller: number;
  readonly client: number;
}

export const STORE_PASSWORD = 'changeit';

/** A certificate for loopback, signed by itself, as PKCS 12; returns it as PEM, which clients take for their authority. */
export const makeCertificate = (dir: string): { readonly store: string; readonly pem: string; readonly pemFile: string } => {
  mkdirSync(dir, { recursive: true });
  const store = join(dir, 'broker.p12');
  const pemFile = join(dir, 'ca.pem');
  const keytool = (...args: string[]): void =>
    void execFileSync('keytool', [...args, '-alias', 'broker', '-keystore', store, '-storepass', STORE_PASSWORD], { stdio: 'ignore' });
  const names = ['-dname', 'CN=unjoin test broker', '-ext', 'san=ip:127.0.0.1,dns:localhost', '-ext', 'bc=ca:true'];
  keytool('-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', '-storetype', 'PKCS12', '-validity', '365', ...names);
  keytool('-exportcert', '-rfc', '-file', pemFile);
  return { store, pem: readFileSync(pemFile, 'utf8'), pemFile };
};

/**
 * Properties of one node: an inner plain-text listener whose principal, ANONYMOUS, is super user, and one for clients with
 * SCRAM over TLS and access lists. With three nodes, replicated and fault-tolerant as a real cluster is.
 */
export const propertiesOf = (id: number, nodes: readonly NodePorts[], dataDir: string, store: string): Record<string, string> => {
  const { internal, controller, client } = nodes[id - 1];
  const replicas = String(nodes.length);
  const inSync = nodes.length === 1 ? '1' : '2';
  return {
    'process.roles': 'broker,controller',
    'node.id': String(id),
    'controller.quorum.voters': nodes.map((node, i) => `${i + 1}@127.0.0.1:${node.controller}`).join(','),
    listeners: `INTERNAL://127.0.0.1:${internal},CONTROLLER://127.0.0.1:${controller},CLIENT://127.0.0.1:${client}`,
    'advertised.listeners': `INTERNAL://127.0.0.1:${internal},CLIENT://127.0.0.1:${client}`,
    'listener.security.protocol.map': 'INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT,CLIENT:SASL_SSL',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'log.dirs': dataDir,
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    'broker.session.timeout.ms': '3000',
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.num.partitions': '4',
    'offsets.topic.replication.factor': replicas,
    'transaction.state.log.num.partitions': '4',
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    'transaction.abort.timed.out.transaction.cleanup.interval.ms': '1000',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.client.scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': store,
    'ssl.keystore.password': STORE_PASSWORD,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'false',
    'super.users': 'User:ANONYMOUS;User:admin',
  };
};
