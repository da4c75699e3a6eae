import fc from 'fast-check';
import t from 'tap';
import { type FoundHeader, findHeader } from '../../src/decode/kafka-headers.ts';
import { runOf } from '../runtime/log/kafka/run.ts';

/** Looks for `name` in the headers of a record as a fetch gives it; `cut` bytes at the end are left out. */
const find = (headers: readonly (readonly [string, string | Buffer])[], name: string, cut = 0): FoundHeader & { text: string | null } => {
  const run = runOf([{ value: Buffer.from('{}'), headers }]);
  const found: FoundHeader = { start: 0, length: 0, times: 0 };
  findHeader(run.bytes, run.headersStart[0], run.headersLength[0] - cut, Buffer.from(name), found);
  return { ...found, text: found.length < 0 ? null : run.bytes.toString('utf8', found.start, found.start + found.length) };
};

t.test('a header is found among others', async (t) => {
  const headers = [['a', '1'], ['device_id', 'd-1'], ['device_id2', 'x'], ['é', 'ü']] as const; // biome-ignore format: a list
  t.match(find(headers, 'device_id'), { times: 1, text: 'd-1' });
  t.match(find(headers, 'é'), { times: 1, text: 'ü' });
  t.match(find(headers, 'device'), { times: 0, text: null });
  t.match(find([], 'a'), { times: 0, text: null });
});

t.test('one that is there twice is told, and so is one that cannot be read', async (t) => {
  t.match(find([['a', '1'], ['b', '2'], ['a', '3']], 'a'), { times: 2 }); // biome-ignore format: a list
  for (let cut = 1; cut <= 8; cut++) t.equal(find([['a', '1'], ['b', '23']], 'a', cut).times, -1, `${cut} bytes short`); // biome-ignore format: a list
});

t.test('no bytes stop the search, whatever they are', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const found: FoundHeader = { start: 0, length: 0, times: 0 };
      findHeader(bytes, 0, bytes.length, Buffer.from('a'), found);
      if (found.times > 0 && found.start + Math.max(0, found.length) > bytes.length) throw new Error('outside');
    }),
    { numRuns: 3000 },
  );
});
