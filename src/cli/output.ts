/** What commands say, and where: results on stdout, talk on stderr as soon as stdout carries data. */
import pc from 'picocolors';
import type { Issue } from '../model/issue.ts';
import { EXIT, type Failure } from './exit.ts';

export type Colors = ReturnType<typeof pc.createColors>;

export interface Output {
  /** Talk for people: a line. */
  say(line?: string): void;
  /** The one JSON document of `--json`; does nothing without it. */
  document(value: unknown): void;
  readonly json: boolean;
  readonly colors: Colors;
}

/** Anything that text can be written to. */
export interface Sink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Where a command talks. `dataOnStdout`: its data goes there, so that talk must not. */
export function outputOf(
  options: { readonly json?: boolean | undefined; readonly dataOnStdout?: boolean },
  streams: Streams = process,
): Output {
  const json = options.json === true;
  const talk = json || options.dataOnStdout === true ? streams.stderr : streams.stdout;
  return {
    json,
    colors: colorsOf(talk),
    say: (line = '') => void talk.write(`${line}\n`),
    document: (value) => {
      if (json) streams.stdout.write(`${JSON.stringify(value)}\n`);
    },
  };
}

export interface Streams {
  readonly stdout: Sink;
  readonly stderr: Sink;
}

/** Colours on a terminal, unless NO_COLOR is set (no-color.org); FORCE_COLOR asks for them anywhere. */
export function colorsOf(stream: Sink, env: Readonly<Record<string, string | undefined>> = process.env): Colors {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return pc.createColors(!refused && (stream.isTTY === true || (env['FORCE_COLOR'] ?? '') !== ''));
}

/** Lines of a table: columns padded to their widest cell, numbers to the right. */
export function table(header: readonly string[], rows: readonly (readonly (string | number)[])[]): string[] {
  const cells = rows.map((row) => row.map((cell) => (typeof cell === 'number' ? grouped(cell) : cell)));
  const widths = header.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column].length)));
  const numeric = header.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd();
  return [line(header), line(widths.map((width) => '-'.repeat(width))), ...cells.map(line)];
}

/** 60000 as `60 000`: whole numbers in groups of three (ISO 80000-1), the same in every locale. */
export function grouped(value: number): string {
  const [whole, fraction] = String(value).split('.');
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, ' ');
  return fraction === undefined ? spaced : `${spaced}.${fraction}`;
}

/** An issue as compilers write them, so that editors can jump to it. */
export const issueLines = (issue: Issue, colors: Colors): readonly string[] => [
  `${colors.bold(`${issue.file}:${issue.line}:${issue.column}`)} ${
    issue.severity === 'error' ? colors.red('error') : colors.yellow('warning')
  } ${issue.code}: ${issue.message}`,
  `  ${colors.dim('fix:')} ${issue.fix}`,
];

/** Says how a command failed: code, what was expected, what to do next; with `json` also as the one document of stdout. */
export function sayFailure(failure: Failure, json: boolean, streams: Streams = process): void {
  const { code, expected, next, issues, exit } = failure;
  if (!failure.silent) {
    const colors = colorsOf(streams.stderr);
    for (const issue of issues) for (const line of issueLines(issue, colors)) streams.stderr.write(`${line}\n`);
    streams.stderr.write(`${colors.red(`unjoin: ${code}:`)} expected ${expected}\n  ${colors.dim('next:')} ${next}\n`);
  }
  if (json && exit !== EXIT.ok) streams.stdout.write(`${JSON.stringify({ error: { code, expected, next, exit, issues } })}\n`);
}
