import { cloudevents } from './gateways/cloudevents.ts';
import { emqx } from './gateways/emqx.ts';
import { hono } from './gateways/hono.ts';
import { sparkplug } from './gateways/sparkplug.ts';
import { tuya } from './gateways/tuya.ts';
import { zigbee2mqtt } from './gateways/zigbee2mqtt.ts';
import { type Generated, isProgram, write } from './generated.ts';

/** Samples of what gateways write, by gateway. */
export const SAMPLES = { hono, emqx, zigbee2mqtt, sparkplug, tuya, cloudevents } as const;

/** `examples/gateways/<gateway>/sample.ndjson`: the shapes that each gateway documents, with ids that nobody has. */
export const gatewaySamples = (): Generated =>
  new Map(Object.entries(SAMPLES).map(([name, sample]) => [`examples/gateways/${name}/sample.ndjson`, sample()]));

if (isProgram(import.meta.url)) write(gatewaySamples());
