import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { TransportError } from '../model/log.ts';
import { type Compiled, compilePlan, type PlanFiles } from '../plan.ts';
import type { PlanTexts } from './plan-store.ts';

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

/** The same, remembering what was read. */
const remembered = (files: PlanFiles) => {
  const texts = new Map<string, string>();
  let ip: PlanTexts['ip'] = null;
  return {
    read: (path: string): string => {
      const text = files.read(path);
      texts.set(path, text);
      return text;
    },
    ipTable: () => {
      ip = files.ipTable();
      return ip;
    },
    texts: (policy: string): PlanTexts => ({ policy, files: texts, ip }),
  };
};

/** Reads and compiles a policy. Throws `TransportError` `unreadable` when the policy file itself is not there. */
export const loadPlan = (policyFile: string): Compiled & { readonly text: string; readonly texts: PlanTexts } => {
  let text: string;
  try {
    text = readFileSync(policyFile, 'utf8');
  } catch {
    throw new TransportError('unreadable', 'the policy file cannot be read', false);
  }
  const files = remembered(policyFiles(policyFile));
  return { ...compilePlan(text, policyFile, files), text, texts: files.texts(text) };
};
