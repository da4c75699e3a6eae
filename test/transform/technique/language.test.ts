import t from 'tap';
import { AREAS, LANGUAGES, SCRIPTS } from '../../../src/transform/technique/language-subtags.ts';
import { climb, issuesOf, ladderOf } from './support.ts';

t.test('tags in canonical case', async (t) => {
  const ladder = ladderOf({ language: ['tag', 'primary', 'top'], top: ['en', 'zh'] });
  const examples: Readonly<Record<string, string>> = {
    'EN-us': 'en-US > en > en > *',
    'zh-hant-tw': 'zh-Hant-TW > zh > zh > *',
    de: 'de > de > other > *',
    'es-419': 'es-419 > es > other > *',
    'de-CH-1996': '- > de > other > *',
    'en-Qaaa': '- > en > en > *',
    'en-ZZ': '- > en > en > *',
    'en-u-ca-gregory': '- > en > en > *',
    'qqq-DE': '- > - > other > *',
    german: '- > - > - > *',
    en_US: '- > - > - > *',
    'i-klingon': '- > - > - > *',
    'x-anna': '- > - > - > *',
    '': '- > - > - > *',
  };
  for (const [text, expected] of Object.entries(examples)) t.equal(climb(ladder, text), expected, text);
});

t.test('every listed subtag survives its code', async (t) => {
  const ladder = ladderOf({ language: ['tag'] });
  for (const language of LANGUAGES) t.equal(climb(ladder, language), `${language} > *`);
  for (const script of SCRIPTS) t.equal(climb(ladder, `und-${script}`.replace('und', 'zgh')), `zgh-${script} > *`);
  for (const area of AREAS) t.equal(climb(ladder, `zgh-Tibt-${area}`), `zgh-Tibt-${area} > *`);
});

t.test('declarations that cannot work', async (t) => {
  t.same(issuesOf({ language: ['primary', 'tag'] }), ['ladder-bad-levels policies/home.yaml:7:3']);
  const place = ['ladder-bad-top policies/home.yaml:7:3'];
  t.same(issuesOf({ language: ['tag', 'top'] }), place, 'top without a list');
  t.same(issuesOf({ language: ['tag'], top: ['en'] }), place, 'a list without top');
  for (const top of [['EN'], ['en', 'en'], ['en-US'], ['*'], ['other']]) t.same(issuesOf({ language: ['top'], top }), place, `${top}`);
});
