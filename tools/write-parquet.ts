import { parquetWriteBuffer } from 'hyparquet-writer';

/**
 * Writes columns (JSON on stdin, as hyparquet-writer takes them) as a Parquet file on stdout. A process of its own, since the
 * loader of the test runner does not find the files that hyparquet-writer takes from hyparquet.
 */
let text = '';
for await (const chunk of process.stdin) text += chunk;
process.stdout.write(Buffer.from(parquetWriteBuffer({ columnData: JSON.parse(text), rowGroupSize: 700 })));
