import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assetPath } from '../../../src/cli/assets.ts';
import type { Plan } from '../../../src/model/plan.ts';
import { compilePlan } from '../../../src/plan.ts';
import { policyFiles } from '../../../src/runtime/policy-files.ts';
import { declared } from './declared.ts';

const FILE = assetPath('policies/smart-home.yaml');

export const COLUMNS = ['customer', 'serial', 'model', 'os', 'version', 'lat', 'lon', 'name'] as const;

/** A dataset over the smart-home policy: who bought which device, with which system, and where. */
export const CARDS = declared({ 'warranty-cards': { guards: ['device-health', 'presence-by-area'], columns: COLUMNS, kMap: 20 } });

export const policyText = (datasets = CARDS): string => readFileSync(FILE, 'utf8') + datasets;

/** The smart-home plan with datasets. */
export const planWith = (datasets = CARDS, edited: (text: string) => string = (text) => text): Plan => {
  const { plan, issues } = compilePlan(edited(policyText(datasets)), FILE, policyFiles(FILE));
  if (plan === null) throw new Error(issues.map(({ code, message }) => `${code}: ${message}`).join('\n'));
  return plan;
};

export type Card = Readonly<Record<string, string | number | null>>;

const cell = (value: string | number | null | undefined): string => {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

export const csvOf = (cards: readonly Card[], columns: readonly string[] = COLUMNS): string =>
  [columns.join(), ...cards.map((card) => columns.map((column) => cell(card[column])).join())].join('\r\n');

export const ndjsonOf = (cards: readonly Card[]): string => cards.map((card) => `${JSON.stringify(card)}\n`).join('');

export const parquetOf = (cards: readonly Card[], columns: readonly string[] = COLUMNS): Buffer => {
  const columnData = columns.map((name) => {
    const data = cards.map((card) => card[name] ?? null);
    return { name, data, type: data.some((value) => typeof value === 'number') ? 'DOUBLE' : 'STRING', nullable: true };
  });
  return execFileSync(process.execPath, ['--import', 'tsx', assetPath('tools/write-parquet.ts')], {
    cwd: assetPath('.'),
    env: { ...process.env, NODE_OPTIONS: '' },
    input: JSON.stringify(columnData),
    maxBuffer: 1 << 28,
  });
};

export const folder = (): string => mkdtempSync(join(tmpdir(), 'unjoin-dataset-'));

export const put = (dir: string, name: string, content: string | Uint8Array): string => {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
};

/** Cards of made-up customers; every seventh customer has two more. */
export const someCards = (count: number): Card[] =>
  Array.from({ length: count }, (_, i) => ({
    customer: `ACC-${String(i - (i % 7 === 6 ? i % 3 : 0)).padStart(6, '0')}`,
    serial: `SN${String(i).padStart(8, '0')}`,
    model: ['WSD005', 'LDSENK09', '84845509'][i % 3],
    os: ['Zephyr', 'FreeRTOS'][i % 2],
    version: `${1 + (i % 3)}.${i % 5}`,
    lat: 52 + (i % 10) / 10,
    lon: 13.25 + (i % 4) / 8,
    name: `Nobody "${i}", of\nNowhere`,
  }));
