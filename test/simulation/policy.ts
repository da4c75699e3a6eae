import type { Plan } from '../../src/model/plan.ts';
import { compilePlan } from '../../src/plan.ts';

/** One event type and one view: whatever is released is a room, and how coarsely it is told depends on k. */
const POLICY = `
unjoin: 1
name: simulation
events:
  reading:
    schema: reading.avsc
    topics: [readings]
    eventTime: at
    id: eventId
    device: deviceId
    household: { trusted: deviceId }
    fields:
      eventId: { role: identifier, kind: event-id }
      deviceId: { role: identifier, kind: device-id }
      room: { role: quasi, ladder: room }
      at: { role: drop }
ladders:
  room: { table: room.csv }
views:
  usage:
    event: reading
    purpose: simulation
    consumers: [analytics]
    subject: household
    window: 1h
    k: 20
    path:
      - { room: room }
      - { room: floor }
    retention: 30d
`;

const string = (name: string) => ({ name, type: 'string' });
const SCHEMA = {
  type: 'record',
  name: 'Reading',
  namespace: 'unjoin.simulation',
  fields: [...['eventId', 'deviceId', 'room'].map(string), { name: 'at', type: 'long' }],
};
const FILES: Readonly<Record<string, string>> = {
  'reading.avsc': JSON.stringify(SCHEMA),
  'room.csv': 'room,floor\nkitchen,down\nhall,down\nbedroom,up\nattic,up\n*,other\n',
};

export const ROOMS = ['kitchen', 'hall', 'bedroom', 'attic'] as const;
export const FLOOR: Readonly<Record<string, string>> = { kitchen: 'down', hall: 'down', bedroom: 'up', attic: 'up' };
export const WINDOW_MS = 12_000;
export const K = 2;

/** Windows of seconds and a small k, so that a schedule of a minute sees several windows. */
export const simulationPlan = (): Plan => {
  const files = { read: (path: string) => FILES[path], ipTable: () => ({ v4: '', v6: '' }) };
  const { plan, issues } = compilePlan(POLICY, 'policy.yaml', files);
  if (plan === null) throw new Error(`the policy does not compile: ${issues.map(({ code, message }) => `${code} ${message}`).join(', ')}`);
  return { ...plan, views: plan.views.map((view) => ({ ...view, windowMs: WINDOW_MS, k: K })) };
};
