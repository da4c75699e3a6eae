import t from 'tap';
import { androidCategory, appleCategory, zigbeeCategory } from '../../../tools/ladders/categories.ts';
import { modelCsv, prefixOf } from '../../../tools/ladders/models.ts';

const model = (model: string, brand: string, category: string, line = '') => ({ model, brand, category, line });

t.test('series are named after what model codes begin with', async (t) => {
  t.equal(prefixOf('SM-G973F', 'Samsung'), 'SM-G9');
  t.equal(prefixOf('Pixel 6a', 'Google'), 'Pixel 6');
  t.equal(prefixOf('9290012573A', 'Philips'), '9290');
  t.equal(prefixOf('TECNO CG8', 'Tecno'), 'CG8');
});

t.test('each level determines the next', async (t) => {
  const csv = modelCsv([
    model('RB 250', 'Innr', 'light'),
    model('RB 255', 'Innr', 'light'),
    model('RB 299', 'Innr', 'plug'),
    model('RB 298', 'Innr', 'plug'),
    model('iPhone14,5', 'Apple', 'phone', 'iPhone 13'),
    model('GENERIC', 'Innr', 'light'),
    model('generic', 'Acme', 'light'),
    model('X', 'Innr', 'light'),
  ]);
  t.same(csv.split('\n'), [
    'model,series,brand,category',
    '"iPhone14,5",Apple iPhone 13,Apple phone,phone',
    'RB 250,Innr light RB 2,Innr light,light',
    'RB 255,Innr light RB 2,Innr light,light',
    'RB 298,Innr plug RB 2,Innr plug,plug',
    'RB 299,Innr plug RB 2,Innr plug,plug',
    '*,,,other',
    '',
  ]);
});

t.test('categories', async (t) => {
  t.equal(appleCategory('Apple Watch Series 6'), 'watch');
  t.equal(androidCategory('SM-T580', 'Galaxy Tab A'), 'tablet');
  t.equal(androidCategory('BRAVIA 4K', 'Bravia'), 'tv');
  t.equal(androidCategory('SM-G973F', 'Galaxy S10'), 'phone');
  t.equal(zigbeeCategory('Smart water leak detector', []), 'sensor');
  t.equal(zigbeeCategory('E27 bulb', []), 'light');
  t.equal(zigbeeCategory('Smart thing', ['lock']), 'lock');
  t.equal(zigbeeCategory('Smart thing', ['unknown']), '');
});
