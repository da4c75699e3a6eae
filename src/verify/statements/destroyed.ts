import { REASONS } from '../../model/verdict.ts';
import type { ControlLog } from '../control/index.ts';
import type { Decisions } from '../decisions.ts';
import { isObject, parseJson, type Value } from '../json.ts';
import type { OutputTable } from '../outputs.ts';
import type { Findings } from '../report.ts';
import type { Rules } from '../rules.ts';
import type { AuditChain, AuditLine } from './audit.ts';
import { isTeller } from './control-lines.ts';

/** What one task decided, and its audit. */
interface Decided {
  readonly task: number | null;
  readonly chain: AuditChain;
  readonly isOurs: (line: AuditLine) => boolean;
  readonly decisions: ReadonlyMap<string, Decisions>;
}

/** What `ring.json` has of each epoch, by number. */
const ringOf = (text: string | null, findings: Findings): ReadonlyMap<number, { readonly [name: string]: Value }> => {
  const ring = text === null ? null : parseJson(text);
  if (ring === undefined) findings.fail('I15', 'key ring', 'key ring cannot be read');
  const epochs = isObject(ring) && isObject(ring['epochs']) ? ring['epochs'] : {};
  return new Map(Object.entries(epochs).flatMap(([name, epoch]) => (isObject(epoch) ? [[Number(name), epoch] as const] : [])));
};

const hasKeys = (epoch: { readonly [name: string]: Value } | undefined): boolean =>
  epoch !== undefined && Object.keys(epoch).some((name) => name !== 'state');

/** Whoever had read that an epoch is destroyed decides nothing under its keys any more: the audit tells what came before what. */
const checkChain = ({ task, chain, isOurs }: Decided, { judged, epochs, controlKeys }: ControlLog, findings: Findings): void => {
  if (!isTeller(task)) return;
  const sinceSeq = { epoch: new Map<number, number>(), control: new Map<number, number>() };
  chain.controls.forEach(({ seq, control }, i) => {
    const saying = (judged[i]?.number === control ? judged[i] : undefined)?.saying;
    if (saying?.kind === 'epoch' && saying.state === 'destroyed') sinceSeq.epoch.set(saying.epoch, seq);
    if (saying?.kind === 'rekey' && saying.state === 'destroyed') sinceSeq.control.set(saying.key, seq);
  });
  for (const line of chain.lines.filter(isOurs)) {
    if (line.counts.released.every((count) => count === 0)) continue;
    const since = [sinceSeq.epoch.get(epochs.numberOf(line.windowStart)), sinceSeq.control.get(controlKeys.numberOf(line.windowStart))];
    if (since.some((seq) => seq !== undefined && line.seq > seq))
      findings.fail('I15', `${line.view} window ${line.windowStart}`, 'released under keys that were destroyed before');
  }
};

/** Who blocks for want of keys must have lost them: else records were dropped under that name. */
const checkBlocked = ({ decisions }: Decided, { epochs, controlKeys }: ControlLog, findings: Findings): void => {
  const isGone = (startMs: number): boolean =>
    epochs.destroyed.has(epochs.numberOf(startMs)) || controlKeys.destroyed.has(controlKeys.numberOf(startMs));
  for (const { view, verdict, windowStart, count } of decisions.values())
    for (let row = 0; row < count; row++)
      if (verdict[row] === REASONS.destroyed.code && !isGone(windowStart[row]))
        findings.fail('I15', `${view.name} window ${windowStart[row]}`, 'blocked for keys that nobody destroyed');
};

/**
 * I15: nothing is released under keys that were destroyed before, and destroyed keys are gone. Of keys that are gone though no control
 * record says so nobody can tell when: then nothing may stand under them.
 */
export const checkDestroyed = (
  ring: string | null,
  rules: Rules,
  tables: ReadonlyMap<string, OutputTable>,
  tasks: readonly Decided[],
  control: ControlLog | null,
  findings: Findings,
): void => {
  const stored = ringOf(ring, findings);
  const said = control?.epochs.destroyed ?? new Set<number>();
  const gone = [...stored].filter(([, { state }]) => state === 'destroyed').map(([epoch]) => epoch);
  for (const epoch of new Set([...said, ...gone]))
    if (hasKeys(stored.get(epoch))) findings.fail('I15', `epoch ${epoch}`, 'key kept after its epoch was destroyed');
  if (control !== null)
    for (const task of tasks) {
      checkChain(task, control, findings);
      checkBlocked(task, control, findings);
    }
  if (said.size === 0 && gone.length === 0) {
    // Whether anything is left of a control key is looked at elsewhere.
    if ((control?.controlKeys.destroyed.size ?? 0) > 0) return;
    findings.skip('I15', 'no destroyed key epoch is known');
    return;
  }
  const isShutDown = control?.judged.some(({ saying }) => saying?.kind === 'shutdown') ?? false;
  const unsaid = new Set(isShutDown ? [] : gone.filter((epoch) => !said.has(epoch)));
  const epochOf = control?.epochs.numberOf ?? ((startMs: number) => Math.floor(startMs / rules.epochMs));
  for (const view of rules.views) {
    for (const end of (tables.get(view.name) as OutputTable).windowEnd) {
      const start = end - view.windowMs;
      if (unsaid.has(epochOf(start))) findings.fail('I15', `${view.name} window ${start}`, 'output under a destroyed key');
    }
  }
};
