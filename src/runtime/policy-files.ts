import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { TransportError } from '../model/log.ts';
import { type Compiled, compilePlan, type PlanFiles } from '../plan.ts';

const require = createRequire(import.meta.url);
const IP_TABLE = '@ip-location-db/geo-whois-asn-country/geo-whois-asn-country';

/** Files of a policy, relative to it, and the IP table that ships with the package. */
export const policyFiles = (policyFile: string): PlanFiles => ({
  read: (path) => readFileSync(resolve(dirname(policyFile), path), 'utf8'),
  ipTable: () => ({
    v4: readFileSync(require.resolve(`${IP_TABLE}-ipv4.csv`), 'utf8'),
    v6: readFileSync(require.resolve(`${IP_TABLE}-ipv6.csv`), 'utf8'),
  }),
});

/** Reads and compiles a policy. Throws `TransportError` `unreadable` when the policy file itself is not there. */
export const loadPlan = (policyFile: string): Compiled & { readonly text: string } => {
  let text: string;
  try {
    text = readFileSync(policyFile, 'utf8');
  } catch {
    throw new TransportError('unreadable', 'the policy file cannot be read', false);
  }
  return { ...compilePlan(text, policyFile, policyFiles(policyFile)), text };
};
