import { ownTopics } from '../../../src/runtime/log/kafka/settings.ts';
import { type ProvisionInput, RETENTION } from '../../../src/runtime/provision/input.ts';
import { smartHome } from '../../properties/world.ts';

/** The ready-made policy on a cluster of the interface's configuration. */
export const input: ProvisionInput = {
  plan: smartHome(),
  topics: ownTopics('unjoin.'),
  prefix: 'unjoin.',
  sources: { device: 'telemetry.device', operation: 'telemetry.operation', location: 'telemetry.location' },
  group: 'gate',
  tasks: 16,
  sourcePartitions: 16,
  viewPartitions: 4,
  replication: null,
  retention: RETENTION,
  principals: { service: 'User:gate', gateways: ['User:gateway'], auditors: [], officers: [], consumers: {} },
};
