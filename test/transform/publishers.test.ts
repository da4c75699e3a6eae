import t from 'tap';
import { memoryKeys } from '../../src/runtime/keys/memory.ts';
import { publisherTokens } from '../../src/transform/publishers.ts';
import { hex, NOON, planWith, transformed } from './world.ts';

const keys = memoryKeys('publishers');
const plan = planWith(['k: 20\n', 'k: 20\n    gateways: { min: 4, publishers: ["AA:BB:CC:00:11:22", gw-7] }\n']);
const [health, usage] = plan.views;
const epoch = Math.floor(NOON / plan.epochMs);

t.test('a publisher is known by the token of the gateway that it sends through, however it is spelled', async (t) => {
  const tokens = publisherTokens(plan, health, keys.epoch(epoch)).map((token) => hex(token, 0));
  const rows = transformed(
    plan,
    ['aabbcc001122', 'GW 7', 'gw-8'].map((gatewayId) => ({ value: { gatewayId } })),
    keys,
  ).of('device-health');
  t.strictSame(
    rows.slice(0, 2).map(({ gateway }) => gateway),
    tokens,
  );
  t.notOk(tokens.includes(rows[2].gateway));
});

t.test('other epochs have other tokens; a view without publishers has none', async (t) => {
  const tokens = publisherTokens(plan, health, keys.epoch(epoch)).map((token) => hex(token, 0));
  const later = publisherTokens(plan, health, keys.epoch(epoch + 1)).map((token) => hex(token, 0));
  t.equal(new Set([...tokens, ...later]).size, 4);
  t.strictSame(publisherTokens(plan, usage, keys.epoch(epoch)), []);
});
