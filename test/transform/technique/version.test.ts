import t from 'tap';
import { climb, issuesOf, ladderOf } from './support.ts';

const LEVELS = ['major.minor', 'major', 'family'];

t.test('one text', async (t) => {
  const ladder = ladderOf({ version: LEVELS });
  const examples: Readonly<Record<string, string>> = {
    'Android 14.1': 'android 14.1 > android 14 > android > *',
    'android 14': '- > android 14 > android > *',
    Android: '- > - > android > *',
    'iOS/17.2.1': 'ios 17.2 > ios 17 > ios > *',
    'wear os 5.1': 'wear os 5.1 > wear os 5 > wear os > *',
    'Android TV 12.0': 'android tv 12.0 > android tv 12 > android tv > *',
    '14.1': '14.1 > 14 > other > *',
    '14.1.2.3': '14.1 > 14 > other > *',
    '14': '- > 14 > other > *',
    'android secret': '- > - > android > *',
    'android 4096.1': '- > - > android > *',
    '4096.1': '- > - > - > *',
    'secret 14.1': '- > - > - > *',
    'iosevka 3.1': '- > - > - > *',
    '14.1-anna': '- > - > - > *',
    '': '- > - > - > *',
  };
  for (const [text, expected] of Object.entries(examples)) t.equal(climb(ladder, text), expected, text);
  t.equal(climb(ladder, 14.1), '14.1 > 14 > other > *', 'a number is a version');
});

t.test('name and version apart', async (t) => {
  const ladder = ladderOf({ version: LEVELS });
  const two = (name: string | undefined, version: string | undefined) => {
    const { inputs } = ladder;
    t.same(
      inputs.map(({ axis }) => axis),
      ['', 'version', 'name'],
    );
    return climb({ ...ladder, apply: ([, v, n], ...rest) => ladder.apply([undefined as never, v, n], ...rest) }, undefined, version, name);
  };
  t.equal(two('Android', '14.1'), 'android 14.1 > android 14 > android > *');
  t.equal(two('HomeBrew', '14.1'), '14.1 > 14 > other > *');
  t.equal(two('Android', 'anna'), '- > - > android > *');
  t.equal(two('Android', undefined), '- > - > android > *');
  t.equal(two(undefined, '14.1'), '14.1 > 14 > other > *');
  t.equal(two('HomeBrew', 'anna'), '- > - > - > *');
});

t.test('families of a policy replace the default ones', async (t) => {
  const ladder = ladderOf({ version: ['major', 'family'], families: ['Acme', 'Acme OS'] });
  t.equal(climb(ladder, 'ACME OS 3.1'), 'acme os 3 > acme os > *');
  t.equal(climb(ladder, 'acme 3.1'), 'acme 3 > acme > *');
  t.equal(climb(ladder, 'android 3.1'), '- > - > *');
});

t.test('declarations that cannot work', async (t) => {
  for (const version of [[], ['minor'], ['major', 'major.minor'], ['major', 'major']])
    t.same(issuesOf({ version }), ['ladder-bad-levels policies/home.yaml:7:3']);
  const families = [['a', 'A'], ['other'], ['*'], ['1x'], [' '], Array.from({ length: 63 }, (_, i) => `f${i}`)];
  for (const list of families)
    t.same(issuesOf({ version: LEVELS, families: list }), ['ladder-bad-families policies/home.yaml:7:3'], list[0]);
});
