import type { RunningService } from './service.ts';

/** Publishes, a little for each window that closes, until every service has closed one that ends at a time, ms, or later. */
export const publishPast = async (publish: () => Promise<unknown>, services: readonly RunningService[], ms: number): Promise<void> => {
  const isPast = async (service: RunningService): Promise<boolean> => Number((await service.next('window-closed'))['window']) >= ms;
  for (const service of services)
    do await publish();
    while (!(await isPast(service)));
};
