import t from 'tap';
import { COUNTRIES, REGION_OF_COUNTRY, REGIONS } from '../../../src/transform/technique/regions.ts';
import { climb, contextOf, issuesOf, ladderOf } from './support.ts';

const V4 =
  '1.0.0.0,1.0.0.255,AU\n8.0.0.0,8.255.255.255,US\n8.8.0.0,8.8.7.255,DE\n100.0.0.0,100.127.255.255,US\n223.255.255.0,223.255.255.255,ZZ\n';
const V6 =
  '2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,JP\n2a00::,2a00:0:0:5::,DE\n2a00:0:0:5::1,2a00:0:0:9:ffff:ffff:ffff:ffff,FR\n';

t.test('country and region by an offline table', async (t) => {
  const ladder = ladderOf({ ip: ['country', 'region'] }, contextOf({}, { v4: V4, v6: V6 }));
  const examples: Readonly<Record<string, string>> = {
    '1.0.0.0': 'AU > Australia and New Zealand > *',
    '1.0.0.255': 'AU > Australia and New Zealand > *',
    '8.7.255.255': 'US > Northern America > *',
    '8.8.7.255': 'DE > Western Europe > *',
    '8.8.8.0': 'US > Northern America > *',
    '::ffff:1.0.0.7': 'AU > Australia and New Zealand > *',
    '1.0.0.7:443': 'AU > Australia and New Zealand > *',
    '2001:200::1': 'JP > Eastern Asia > *',
    '2A00:0:0:5::0': 'DE > Western Europe > *',
    '2a00:0:0:5::1': 'FR > Western Europe > *',
    '2a00:0:0:a::1': '- > - > *',
    '1.0.1.0': '- > - > *',
    '0.0.0.1': '- > - > *',
    '100.64.0.1': '- > - > *',
    '223.255.255.1': '- > - > *',
    '10.0.0.1': '- > - > *',
    '192.168.1.1': '- > - > *',
    '127.0.0.1': '- > - > *',
    'fe80::1%eth0': '- > - > *',
    '::1': '- > - > *',
    'example.org': '- > - > *',
    '': '- > - > *',
  };
  for (const [text, expected] of Object.entries(examples)) t.equal(climb(ladder, text), expected, text);
  t.equal(climb(ladder, undefined), '- > - > *');
  t.equal(climb(ladder, 16_777_216), '- > - > *', 'a number is no address');
  t.equal(climb(ladderOf({ ip: ['region'] }, contextOf({}, { v4: V4, v6: V6 })), '8.8.0.1'), 'Western Europe > *');
});

t.test('every country has one region', async (t) => {
  t.equal(new Set(COUNTRIES).size, COUNTRIES.length);
  t.ok(COUNTRIES.every((code) => /^[A-Z]{2}$/.test(code)));
  t.ok(REGION_OF_COUNTRY.every((region) => REGIONS[region] !== undefined));
  t.equal(REGIONS[REGION_OF_COUNTRY[COUNTRIES.indexOf('CH')]], 'Western Europe');
});

t.test('tables that cannot be used', async (t) => {
  const place = ['ladder-bad-ip-table policies/home.yaml:7:3'];
  for (const v4 of ['1.0.0.0,AU', '1.0.0.9,1.0.0.1,AU', 'x,y,AU', '1.0.0,1.0.0.1,AU', '1.0.0.256,1.0.1.0,AU'])
    t.same(issuesOf({ ip: ['country'] }, contextOf({}, { v4, v6: '' })), place, v4);
  for (const v6 of ['2001::,2000::,JP', '1:2,1:3,JP', '1::g,1::h,JP', '::1:2:3:4:5:6:7:8:9,::,JP'])
    t.same(issuesOf({ ip: ['country'] }, contextOf({}, { v4: '', v6 })), place, v6);
  const unreadable = { ...contextOf(), ipTable: () => { throw new Error('the text of a third party'); } }; // biome-ignore format: short
  t.same(issuesOf({ ip: ['country'] }, unreadable), place);
  t.same(issuesOf({ ip: ['region', 'country'] }), ['ladder-bad-levels policies/home.yaml:7:3']);
});
