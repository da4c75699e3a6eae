/** Progress of long work: a bar with an estimate on a terminal, nothing anywhere else. */
import bars from 'cli-progress';

export interface Progress {
  /** So much is done, in total. */
  at(done: number): void;
  /** Takes the bar away; safe to call again. */
  end(): void;
}

const SILENT: Progress = { at: () => {}, end: () => {} };

/**
 * A bar on stderr, so that stdout stays clean. `total` 0 means that nobody knows: then only the count is shown. `what`
 * names the unit ("records").
 */
export function progressOf(label: string, total: number, what: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  if (stream.isTTY !== true) return SILENT;
  const known = `${label} {bar} {percentage} % | {value} of {total} ${what} | {eta_formatted} left`;
  const bar = new bars.SingleBar(
    {
      stream,
      format: total > 0 ? known : `${label} {value} ${what}`,
      barsize: 24,
      hideCursor: true,
      clearOnComplete: true,
      etaBuffer: 50,
      gracefulExit: true,
    },
    bars.Presets.legacy,
  );
  bar.start(total, 0);
  return { at: (done) => bar.update(done), end: () => bar.stop() };
}
