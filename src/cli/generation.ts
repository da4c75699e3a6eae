import { setTimeout as pause } from 'node:timers/promises';
import { KeyError, type Keys } from '../model/keys.ts';
import type { Plan } from '../model/plan.ts';
import { systemClock } from '../runtime/clock.ts';
import type { ServiceConfig } from '../runtime/config/read.ts';
import { controlKeys } from '../runtime/keys/control.ts';
import { openRecipients, type Recipients } from '../runtime/keys/recipients.ts';
import { openRing } from '../runtime/keys/ring.ts';
import type { SchemaResolver } from '../runtime/log/kafka/schemas.ts';
import { openPlanStore } from '../runtime/plan-store.ts';
import type { Registry } from '../runtime/registry/client.ts';
import { openResolver } from '../runtime/registry/resolver.ts';
import { type Generation, isFixedAlike } from '../runtime/service/generations.ts';
import { type Layout, readLayout, readViewTopics } from '../runtime/service/options.ts';
import { withTopics } from '../runtime/service/topics.ts';
import { withBrokers } from './cluster.ts';
import { requirePolicyOf } from './config.ts';
import { CliError, EXIT } from './exit.ts';
import { readPlansInForce } from './ledgers.ts';
import type { Library } from './library.ts';
import { type Gatehouse, requirePassage } from './passage.ts';

/** What is wrong with keys is told at the line of the configuration that names them: 77. */
const atKeys = <T>({ place }: ServiceConfig, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof KeyError)) throw error;
    const fix = 'restore the folder and let it and its files belong to the service alone; before the very first start: --initialise';
    const at = { file: place.file, ...place.locate(['keys']) };
    const issue = { code: error.code, severity: 'error', ...at, message: `expected ${error.message}`, fix } as const;
    throw new CliError(error.code, EXIT.denied, error.message, 'correct the folder that is named above', [issue]);
  }
};

export const openKeys = (config: ServiceConfig, plan: Plan, create: boolean): Keys =>
  atKeys(config, () => {
    const ring = openRing(config.keys, { prf: plan.prf, create, views: plan.views.map(({ name }) => name) });
    // Told now, not when the first record comes.
    if (plan.signers.length > 0) controlKeys(config.keys, { prf: plan.prf, create });
    return ring;
  });

export const openPublicKeys = (config: ServiceConfig, create: boolean): Recipients =>
  atKeys(config, () => openRecipients(config.keys, { create }));

/** Who tells which of a plan's schemas a record names; null where ids are those of its files. */
export const resolverOf = (registry: Registry | null, plan: Plan): SchemaResolver | null =>
  registry === null ? null : openResolver({ registry, plan, nowMs: systemClock.nowMs, pause });

/** What every generation of a service is made of. */
export interface Means {
  readonly config: ServiceConfig;
  readonly registry: Registry | null;
  readonly library: Library;
}

/** A plan that was kept, with all that follows from it; null when it was not. */
export const findGeneration = async ({ config, registry, library }: Means, digest: string): Promise<Generation | null> => {
  const kept = openPlanStore(config.plans).plan(digest);
  if (kept === null) return null;
  const plan = withTopics(kept, config.config.topics.sources);
  const views = await readViewTopics(config, plan, registry);
  return { plan, keys: openKeys(config, plan, false), views, schemas: resolverOf(registry, plan), guarding: library.resume(plan) };
};

/** What a plan meets in the brokers: topics, and the plans by which tasks decide. Refuses topics that are not set up. */
export const readGround = (
  config: ServiceConfig,
  plan: Plan,
  registry: Registry | null,
): Promise<Layout & { readonly inForce: readonly string[] }> =>
  withBrokers(config.settings, async () => ({
    ...(await readLayout(config, plan, registry)),
    inForce: await readPlansInForce(config),
  }));

/** Another plan, and by how many of the plans in force it is there only because somebody accepted what loosens. */
export interface Reloaded {
  readonly generation: Generation;
  readonly accepted: number;
}

/**
 * Reads the policy again, with its ladders and schemas, as for a start: what is wrong with it, or with the topics and indexes
 * that it needs, is thrown before anything changes, and so is `LoosensError`. Null when it is the one that is wanted already.
 */
export const reloadGeneration = async (
  { config, registry, library }: Means,
  wanted: Plan,
  gatehouse: Gatehouse,
): Promise<Reloaded | null> => {
  const { plan, texts } = requirePolicyOf(config);
  if (plan.digest === wanted.digest) {
    // A task may have been refused the way to it.
    await gatehouse.reread([]);
    return null;
  }
  if (!isFixedAlike(plan, wanted))
    throw new CliError(
      'policy-fixed',
      EXIT.config,
      'a policy with the same `epoch` and `prf` as the one in force: keys and ledger hang on them',
      'put them back; a group with another prefix and keys of its own can have others',
    );
  openPlanStore(config.plans).save(plan.digest, texts);
  const { views, inForce } = await readGround(config, plan, registry);
  await gatehouse.reread(inForce);
  const accepted = requirePassage({ file: config.policy, digest: plan.digest, texts }, inForce, gatehouse, false);
  const guarding = await library.open(plan);
  return { generation: { plan, keys: openKeys(config, plan, false), views, schemas: resolverOf(registry, plan), guarding }, accepted };
};
