import { formatReport } from '../verify/index.ts';
import { EXIT } from './exit.ts';
import type { Output } from './output.ts';
import { type Checked, checkService, type ServiceFlags } from './service-checks.ts';

/** `unjoin verify -c`. Of a policy that is not to be had any more that is said, and nothing passes for it. */
export const verifyService = async (file: string, flags: ServiceFlags, output: Output): Promise<void> => {
  const all: Checked[] = [];
  for await (const checked of checkService(file, flags)) {
    const { digest, of, isOwn, isAlone, plans } = checked;
    if (!isOwn || !isAlone) output.say(`policy ${digest}`);
    if (of === null) output.say(`not checked: its texts are not in ${plans}; put them back there, from wherever the service ran`);
    else for (const line of formatReport(of.report)) output.say(line);
    all.push(checked);
  }
  const passages = (await all.at(-1)?.passages()) ?? [];
  for (const { before, after, verdict, note } of passages)
    output.say(`passage ${before} to ${after}  ${verdict.replace('-', ' ')}  [${note}]`);
  const isOk = all.every(({ of }) => of?.report.ok === true) && passages.every(({ verdict }) => verdict === 'pass');
  output.say(isOk ? 'pass' : 'fail');
  const [only] = all;
  if (all.length === 1 && only.of !== null) output.document(only.of.report);
  else
    output.document({
      findings: all.find(({ isOwn }) => isOwn)?.of?.report.findings ?? [],
      ok: isOk,
      passages,
      policies: all.map(({ digest, of }) => ({ policy: digest, checked: of !== null, ...(of?.report ?? {}) })),
    });
  if (!isOk) process.exitCode = EXIT.failed;
};
