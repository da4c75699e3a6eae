import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { assetPath } from '../src/cli/assets.ts';

export const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

export const round = (value: number, digits = 0): number => Number(value.toFixed(digits));

const version = (name: string): string => JSON.parse(readFileSync(assetPath(`node_modules/${name}/package.json`), 'utf8')).version;

/** What a number was measured on. */
export const machine = () => ({
  cpu: cpus()[0].model,
  cores: cpus().length,
  memoryGiB: round(totalmem() / 2 ** 30),
  node: process.version,
  v8: process.versions.v8,
  avsc: version('avsc'),
  fastJsonStringify: version('fast-json-stringify'),
  kafkajs: version('kafkajs'),
});
