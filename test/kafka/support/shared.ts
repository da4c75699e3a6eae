import { readFileSync } from 'node:fs';
import type { Cluster, ClusterOptions } from '../../../tools/kafka/cluster.ts';
import { addresses, livingPids, readDescription } from '../../../tools/kafka/description.ts';

const refuse = async (): Promise<never> => {
  throw new Error('this broker is shared by test files: ask for one with `own: true`');
};

/**
 * The broker that UNJOIN_TEST_KAFKA names (`cluster.json` of `npm run kafka -- start`), or null when none is named or a test
 * needs another one: three nodes, properties or users of its own, or nodes that it kills. Throws when it does not run.
 */
export const sharedCluster = (options: ClusterOptions & { readonly own?: boolean }): Cluster | null => {
  const file = process.env['UNJOIN_TEST_KAFKA'];
  if (file === undefined || options.own === true || options.properties !== undefined) return null;
  const description = readDescription(file);
  if (description === null || livingPids(description).length === 0) throw new Error('UNJOIN_TEST_KAFKA names no cluster that runs');
  const { dir, nodes, users, caFile } = description;
  if (nodes.length !== (options.nodes ?? 1) || Object.keys(options.users ?? {}).some((user) => users[user] === undefined)) return null;
  return {
    dir,
    plaintext: addresses(nodes.map(({ internal }) => internal)),
    client: addresses(nodes.map(({ client }) => client)),
    caFile,
    caPem: readFileSync(caFile, 'utf8'),
    users,
    pids: () => nodes.map(({ pid }) => pid),
    signal: refuse,
    kill: refuse,
    pause: refuse,
    resume: refuse,
    restart: refuse,
    stop: async () => {},
  };
};
