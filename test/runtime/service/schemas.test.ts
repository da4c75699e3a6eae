import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { assetPath } from '../../../src/cli/assets.ts';
import { foreignIds } from '../../../src/runtime/service/schemas.ts';
import { smartHome } from '../../properties/world.ts';

const plan = smartHome();
const source = (name: string): string => assetPath(`schemas/source/${name}.avsc`);

t.test('the folder has every schema of the policy under its id', async (t) => {
  const dir = t.testdir();
  const ids = plan.events.flatMap(({ schemas }) => schemas.map(({ id }) => id));
  t.strictSame(foreignIds(dir, plan), ids, 'an empty one has none');
  for (const name of ['device', 'operation', 'location']) copyFileSync(source(name), join(dir, `${name}.avsc`));
  writeFileSync(join(dir, 'more.avsc'), 'no schema at all');
  t.strictSame(foreignIds(dir, plan), []);

  const device = JSON.parse(readFileSync(source('device'), 'utf8'));
  writeFileSync(join(dir, 'device.avsc'), JSON.stringify({ ...device, schemaId: 77 }));
  t.strictSame(foreignIds(dir, plan), [device.schemaId], 'another id');
  writeFileSync(join(dir, 'device.avsc'), JSON.stringify({ ...device, fields: device.fields.slice(1) }));
  t.strictSame(foreignIds(dir, plan), [device.schemaId], 'another schema under the same id');
});
