import { STORE_PASSWORD } from './certificates.ts';

/** Ports of one node, all on loopback. */
export interface NodePorts {
  readonly internal: number;
  readonly controller: number;
  readonly client: number;
}

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
