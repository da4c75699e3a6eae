import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TransportError } from '../../model/log.ts';
import { openQuarantine, type QuarantineBody, type QuarantineHead, readQuarantineHead } from '../../record/quarantine.ts';
import { loadPrivateKey } from '../keys/recipients.ts';
import { textLines } from '../text-lines.ts';

const unreadable = (what: string): TransportError => new TransportError('unreadable', what, false);

const pathOf = (out: string): string => {
  const path = join(out, 'quarantine.ndjson');
  if (!existsSync(path)) throw unreadable('the folder holds no quarantine of a run');
  return path;
};

/** The clear heads of a run's quarantine: they need no key, and say of nobody whose record it was. */
export async function* quarantineHeads(out: string): AsyncGenerator<QuarantineHead> {
  for await (const line of textLines(pathOf(out))) {
    const head = readQuarantineHead(line);
    if (!head.ok) throw unreadable('a line of the quarantine that unjoin did not write');
    yield head.value;
  }
}

/** The rows, opened with the operator's private key. Throws `KeyError`, and `TransportError` for a row that the key does not open. */
export async function* quarantineRows(out: string, keyFile: string): AsyncGenerator<QuarantineHead & QuarantineBody> {
  const key = loadPrivateKey(keyFile);
  for await (const line of textLines(pathOf(out))) {
    const row = openQuarantine(line, key);
    if (!row.ok) throw unreadable('the quarantine does not open with the given key');
    yield row.value;
  }
}
