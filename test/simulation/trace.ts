import { prepareCodecs } from '../../src/runtime/log/kafka/wire/inflate.ts';
import { simulate } from './world.ts';

await prepareCodecs();
const r = await simulate({
  seed: Number(process.argv[2]),
  isCalm: process.env.CALM === '1',
  trace: (line: string) => console.log(line),
} as never);
console.log(r);
