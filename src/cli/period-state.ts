import { createControlFold } from '../control/fold.ts';
import type { PeriodState } from '../control/state.ts';
import type { ClusterAdmin } from '../runtime/log/kafka/admin.ts';
import { type LoginFlags, settingsFor, withAdmin } from './cluster.ts';
import { requireConfig } from './config.ts';
import { CliError, EXIT } from './exit.ts';
import type { Ground, SayFlags } from './say.ts';

/** Every period that the control log tells of. */
export const periodsOf = async ({ plan, log, within }: Ground): Promise<ReadonlyMap<string, PeriodState>> => {
  const fold = createControlFold(plan);
  for (const line of await within(() => log.lines())) fold.take(line);
  return fold.state.periods;
};

export const findPeriod = (periods: ReadonlyMap<string, PeriodState>, id: string): PeriodState => {
  const period = periods.get(id);
  if (period === undefined) throw new CliError('period-unknown', EXIT.config, 'a period that was announced', 'unjoin period list');
  return period;
};

/** Administration of the service's cluster, as the operator whom the flags name. */
export const withCluster = <T>(flags: SayFlags & LoginFlags, work: (admin: ClusterAdmin) => Promise<T>): Promise<T> =>
  withAdmin(settingsFor(requireConfig(flags.config as string).service.settings, flags), work);
