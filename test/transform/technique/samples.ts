import type { PolicyLadder } from '../../../src/policy/shape.ts';
import type { LadderContext } from '../../../src/transform/techniques.ts';
import { contextOf, type Raw } from './support.ts';

/** One declaration of a technique for the shared battery: what it may ever say, and inputs that reach its levels. */
export interface Sample {
  readonly technique: string;
  readonly spec: PolicyLadder;
  readonly context: LadderContext;
  /** Plausible values, one list per input of the ladder. */
  readonly plausible: readonly (readonly Raw[])[];
  /** Everything that may leave at any level: a closed vocabulary or a closed form. */
  readonly vocabulary: RegExp;
}

const TABLE = [
  'model,series,brand,category',
  'iPhone14\\,5,Apple iPhone 13,Apple phone,phone',
  'SM-G9810,Samsung SM-G9,Samsung phone,phone',
  'SM-G9910,Samsung SM-G9,Samsung phone,phone',
  '"RB 250, warm",Innr RB,Innr light,light',
  'RB 255,Innr RB,Innr light,light',
  'Straße 7,Innr Straße,Innr light,light',
  '*,,,other',
]
  .join('\n')
  .replace('iPhone14\\,5', '"iPhone14,5"');

const IP = {
  v4: '1.0.0.0,1.0.0.255,AU\n8.0.0.0,8.255.255.255,US\n8.8.0.0,8.8.7.255,DE\n100.0.0.0,100.255.255.255,US\n223.255.255.0,223.255.255.255,ZZ\n',
  v6: '2001:200::,2001:200:ffff:ffff:ffff:ffff:ffff:ffff,JP\n2a00::,2a00:ffff:ffff:ffff:ffff:ffff:ffff:ffff,DE\n',
};

const VERSIONS = [
  'Android 14.1',
  'android 14',
  'ANDROID',
  'iOS17.2',
  'ios/17.3.1',
  '14.1',
  '14',
  'Roku OS 15.1',
  'foo 1.2',
  '9999.1',
  '1.99999',
  '7.',
];

export const SAMPLES: readonly Sample[] = [
  {
    technique: 'table',
    spec: { table: 'model.csv' },
    context: contextOf({ 'model.csv': TABLE }),
    plausible: [
      ['iPhone14,5', 'IPHONE14,5', 'SM-G9810', 'SM-G9910', 'sm-g9910 ', 'RB 250, warm', 'RB  255', 'STRASSE 7', '*', 'other', 'phone', ''],
    ],
    vocabulary: /^(iPhone14,5|SM-G9[89]10|RB 250, warm|RB 255|Straße 7|(Apple|Samsung|Innr) .*|phone|light|other)$/,
  },
  {
    technique: 'version',
    spec: { version: ['major.minor', 'major', 'family'] },
    context: contextOf(),
    plausible: [VERSIONS, VERSIONS, ['Android', 'android', 'iOS', 'Wear OS', 'foo', undefined]],
    vocabulary: /^((android|ios|roku os|wear os) )?\d{1,4}(\.\d{1,5})?$|^(android|ios|roku os|wear os|other)$/,
  },
  {
    technique: 'version',
    spec: { version: ['major', 'family'], families: ['Acme OS', 'Acme'] },
    context: contextOf(),
    plausible: [
      ['Acme 3', 'acme os 3.2', '3.2', 'acme'],
      ['3', '3.2'],
      ['Acme', 'Acme OS'],
    ],
    vocabulary: /^((acme|acme os) )?\d{1,4}$|^(acme|acme os|other)$/,
  },
  {
    technique: 'h3',
    spec: { h3: [6, 5, 4] },
    context: contextOf(),
    plausible: [
      [52.52, -33.87, 90, -90, 0, 52.521, '48.1'],
      [13.405, 151.2, 180, -180, 0, 13.406, '11.6'],
    ],
    vocabulary: /^8[456][0-9a-f]{13}$/,
  },
  {
    technique: 'h3',
    spec: { h3: [3, 0] },
    context: contextOf(),
    plausible: [
      [52.52, -33.87, 1],
      [13.405, 151.2, 1],
    ],
    vocabulary: /^8[30][0-9a-f]{13}$/,
  },
  {
    technique: 'time',
    spec: { time: ['hour', '6h', 'day', 'week'] },
    context: contextOf(),
    plausible: [[0]],
    vocabulary: /^\d{4}-(\d\d-\d\d(T\d\dZ(\/PT6H)?)?|W\d\d)$/,
  },
  {
    technique: 'time',
    spec: { time: ['6h'] },
    context: contextOf(),
    plausible: [[0]],
    vocabulary: /^\d{4}-\d\d-\d\dT\d\dZ\/PT6H$/,
  },
  {
    technique: 'buckets',
    spec: { buckets: [-1.5, 0, 100] },
    context: contextOf(),
    plausible: [[-2, -1.5, 0, 99.9, 100, 1e9, '7']],
    vocabulary: /^(<-1\.5|\[-1\.5,0\)|\[0,100\)|>=100)$/,
  },
  {
    technique: 'language',
    spec: { language: ['tag', 'primary', 'top'], top: ['en', 'de'] },
    context: contextOf(),
    plausible: [['en', 'en-US', 'EN-us', 'zh-hant-TW', 'de-CH-1996', 'xx', 'es-419', 'en_US', 'i-klingon', 'fr-Foox']],
    vocabulary: /^([a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|\d{3}))?|other)$/,
  },
  {
    technique: 'ip',
    spec: { ip: ['country', 'region'] },
    context: contextOf({}, IP),
    plausible: [
      [
        '1.0.0.7',
        '8.8.4.4',
        '8.9.0.1',
        '::ffff:1.0.0.1',
        '2001:200::1',
        '[2A00::5]:443',
        '10.0.0.1',
        '127.0.0.1',
        '100.64.0.1',
        '9.9.9.9',
        'x',
      ],
    ],
    vocabulary: /^(AU|US|DE|JP|Australia and New Zealand|Northern America|Western Europe|Eastern Asia)$/,
  },
  {
    technique: 'count',
    spec: { count: [1, 4, 10] },
    context: contextOf(),
    plausible: [[0, 1, 3, 4, 9, 10, 5000]],
    vocabulary: /^(0|1-3|4-9|10\+)$/,
  },
];
