/** Reads the three public lists of device models that `ladders/model.csv` is made from (see ladders/SOURCE.md). */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { androidCategory, appleCategory, zigbeeCategory } from './categories.ts';
import { countBy, groupBy } from './groups.ts';

/** One model as a device reports it. `line` is what its series is named after; '' when the code's prefix has to do. */
export interface Model {
  readonly model: string;
  readonly brand: string;
  readonly category: string;
  readonly line: string;
}

/** Android brands worth a ladder: sold in numbers. A list of every brand of one model would name its few owners. */
const ANDROID_BRANDS: Readonly<Record<string, string>> = {
  Samsung: 'Samsung',
  Huawei: 'Huawei',
  LGE: 'LG',
  Xiaomi: 'Xiaomi',
  Redmi: 'Redmi',
  Google: 'Google',
  OnePlus: 'OnePlus',
  Motorola: 'Motorola',
  Nokia: 'Nokia',
  Sony: 'Sony',
  Oppo: 'Oppo',
  Vivo: 'Vivo',
  realme: 'realme',
  Realme: 'realme',
  Honor: 'Honor',
  HTC: 'HTC',
  Lenovo: 'Lenovo',
  Asus: 'Asus',
  ZTE: 'ZTE',
  'TCT (Alcatel)': 'Alcatel',
  TCL: 'TCL',
  Hisense: 'Hisense',
  Sharp: 'Sharp',
  Panasonic: 'Panasonic',
  Philips: 'Philips',
  Amazon: 'Amazon',
  Nvidia: 'Nvidia',
  Tecno: 'Tecno',
  Infinix: 'Infinix',
  Itel: 'Itel',
  Wiko: 'Wiko',
  Fairphone: 'Fairphone',
  Kyocera: 'Kyocera',
  Fujitsu: 'Fujitsu',
  Meizu: 'Meizu',
  Acer: 'Acer',
  Blackview: 'Blackview',
  Doogee: 'Doogee',
  Ulefone: 'Ulefone',
  Fossil: 'Fossil',
};

/** At most so many models of one Android brand and category, taken evenly from its sorted list. */
const MODELS_A_BRAND = { phone: 50, tablet: 25, tv: 40 } as const;

/** Brands with very many models in use get more of them. */
const WIDE_BRANDS: Readonly<Record<string, number>> = { Samsung: 4, Huawei: 2, Xiaomi: 2 };

const lines = (path: string): unknown[] =>
  gunzipSync(readFileSync(path))
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

const evenly = <T>(items: readonly T[], count: number): T[] =>
  items.length <= count ? [...items] : Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)]);

const ascii = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').trim();

const readAndroid = (folder: string): Model[] => {
  const rows = lines(join(folder, 'android-devices.ndjson.gz')) as {
    readonly brand: string;
    readonly name: string;
    readonly model: string;
  }[];
  return [...new Set(Object.values(ANDROID_BRANDS))].flatMap((brand) => {
    const models = new Map(rows.filter((row) => ANDROID_BRANDS[row.brand] === brand).map((row) => [row.model, row]));
    const all = [...models.values()]
      .sort((a, b) => (a.model < b.model ? -1 : 1))
      .map(({ model, name }) => ({ model, brand, category: androidCategory(model, name), line: '' }));
    return [...groupBy(all, ({ category }) => category)].flatMap(([category, group]) =>
      evenly(group, (MODELS_A_BRAND[category as 'phone'] ?? 20) * (WIDE_BRANDS[brand] ?? 1)),
    );
  });
};

/** `iPhone 14 Pro Max` is of the line `iPhone 14`, `iPad Pro (11-inch) (2nd generation)` of `iPad Pro`. */
const appleLine = (name: string): string =>
  name
    .replace(/\s*\(.*$/, '')
    .replace(/^(iPhone \w+).*$/, '$1')
    .replace(/^(iPhone [3-9])[A-Za-z]+$/, '$1')
    .replace(/^Apple /, '');

const readApple = (folder: string): Model[] => {
  const rows = JSON.parse(readFileSync(join(folder, 'apple-devices.json'), 'utf8')) as { readonly name: string; readonly model?: string }[];
  return rows
    .filter(({ model }) => model !== undefined && model !== '')
    .map(({ name, model }) => ({ model: model as string, brand: 'Apple', category: appleCategory(name), line: appleLine(name) }));
};

const readZigbee = (folder: string): Model[] => {
  const rows = lines(join(folder, 'zigbee-models.ndjson.gz')) as {
    readonly vendor: string;
    readonly model: string;
    readonly description: string;
    readonly exposes: readonly string[];
  }[];
  const count = countBy(rows, ({ vendor }) => vendor);
  return rows
    .filter(({ vendor }) => (count.get(vendor) ?? 0) >= 5 && !/custom|diy/i.test(vendor))
    .map(({ vendor, model, description, exposes }) => ({
      model,
      brand: ascii(vendor.replace(/\s*\(.*\)/, '')),
      category: zigbeeCategory(description, exposes),
      line: '',
    }));
};

/** All models of all lists that have a category. `folder` holds the lists. */
export const readModels = (folder: string): Model[] =>
  [...readApple(folder), ...readZigbee(folder), ...readAndroid(folder)].filter(({ category }) => category !== '');
