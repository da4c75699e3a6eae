import type { Test } from 'tap';
import { type RunningService, runService } from './service.ts';

/** Publishes, a little for each window that closes, until every service has closed one that ends at a time, ms, or later. */
export const publishPast = async (publish: () => Promise<unknown>, services: readonly RunningService[], ms: number): Promise<void> => {
  const isPast = async (service: RunningService): Promise<boolean> => Number((await service.next('window-closed'))['window']) >= ms;
  for (const service of services)
    do await publish();
    while (!(await isPast(service)));
};

/** Starts two processes of a service that is new; both have a task. */
export const startTwo = async (t: Test, config: string): Promise<readonly [RunningService, RunningService]> => {
  const first = runService(config, ['--initialise']);
  t.teardown(() => first.signal('SIGKILL'));
  for (let task = 0; task < 2; task++) await first.next('restored');
  const second = runService(config);
  t.teardown(() => second.signal('SIGKILL'));
  await second.next('restored');
  return [first, second];
};
