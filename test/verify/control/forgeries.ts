import type { Refusal } from '../../../src/control/refusals.ts';
import type { ControlPayload, ControlRecord } from '../../../src/control/shape.ts';
import { ACCOUNTS, type controlLog, OFFICER, SECOND, signed, signer, subject } from '../../control/world.ts';
import type { World } from './world.ts';

type Log = ReturnType<typeof controlLog>;

/** A record that somebody forged, or that came twice: what every reader must say to it. */
export interface Forgery {
  readonly name: string;
  readonly refusal: Refusal;
  make(log: Log): string;
}

const OUTSIDER = signer('outsider');

/** The number that a signer's next record has, counted from the log itself. */
const nextSeq = ({ lines }: Log, name: string): number => {
  const numbers = lines.flatMap(({ value }) => {
    try {
      const { payload } = JSON.parse(Buffer.from(value).toString());
      const { signer: by, seq } = JSON.parse(Buffer.from(payload, 'base64').toString());
      return by === name && seq < 1e6 ? [seq] : [];
    } catch {
      return [];
    }
  });
  return Math.max(0, ...numbers) + 1;
};

/** Shapes of records that must not count, each of which would erase the first device of the fleet, or let more leave. */
export const forgeries = (world: World): readonly Forgery[] => {
  const erasure: ControlRecord = { kind: 'erasure', subject: subject(world.plan, 'device', world.people[0].deviceId) };
  const payload = (log: Log, record: ControlRecord = erasure, name = 'officer'): ControlPayload => ({
    v: 1,
    signer: name,
    seq: nextSeq(log, name),
    record,
  });
  const altered = (text: string, change: (fields: { payload: string; signatures: { sig: string }[] }) => void): string => {
    const fields = JSON.parse(text);
    change(fields);
    return JSON.stringify(fields);
  };
  const acceptance: ControlRecord = { kind: 'acceptance', acceptance: 'a'.repeat(64), why: 'because' };
  return [
    { name: 'no envelope', refusal: 'not-an-envelope', make: (log) => JSON.stringify(payload(log)) },
    { name: 'unsigned', refusal: 'unsigned', make: (log) => signed(payload(log)) },
    { name: 'a signer whom nobody named', refusal: 'unknown-signer', make: (log) => signed(payload(log), OUTSIDER) },
    { name: 'a signature by another key', refusal: 'wrong-signature', make: (log) => signed(payload(log), { name: 'officer', key: OUTSIDER.key }) },
    {
      name: 'a payload that was changed',
      refusal: 'wrong-signature',
      make: (log) => altered(signed(payload(log), OFFICER), (fields) => {
        const other = { ...payload(log), record: acceptance };
        fields.payload = Buffer.from(JSON.stringify(other)).toString('base64');
      }),
    },
    { name: 'one of two signatures forged', refusal: 'wrong-signature', make: (log) => signed(payload(log), OFFICER, { name: 'second', key: OUTSIDER.key }) },
    { name: 'a payload of another signer', refusal: 'not-the-signer', make: (log) => signed(payload(log, erasure, 'second'), OFFICER) },
    { name: 'a member too many', refusal: 'malformed', make: (log) => signed(JSON.stringify({ ...payload(log), why: 'x' }), OFFICER) },
    { name: 'a signer without the right', refusal: 'no-right', make: (log) => signed(payload(log, erasure, 'accounts'), ACCOUNTS) },
    { name: 'one signer where two are needed', refusal: 'one-signer', make: (log) => signed(payload(log, acceptance), OFFICER) },
    { name: 'an index given up by one signer', refusal: 'one-signer', make: (log) => signed(payload(log, { kind: 'loss', dataset: 'cards', digest: 'a'.repeat(64) }), OFFICER) },
    { name: 'one signer twice', refusal: 'one-signer', make: (log) => signed(payload(log, acceptance), OFFICER, OFFICER) },
    { name: 'a record again', refusal: 'replayed', make: ({ lines }) => {
      const last = lines.findLast(({ value }) => Buffer.from(value).includes('"keyid":"officer"')) as Log['lines'][number];
      return Buffer.from(last.value).toString();
    } },
    { name: 'a record after one that is missing', refusal: 'out-of-sequence', make: (log) => signed({ ...payload(log), seq: 1e6 }, OFFICER) },
    { name: 'a number of two signers, of whom the first has said it', refusal: 'replayed', make: (log) => signed({ ...payload(log), seq: 1 }, OFFICER, SECOND) },
  ];
}; // biome-ignore format: a table
