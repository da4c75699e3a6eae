import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTROL_KINDS } from '../../src/policy/shape.ts';
import { makeSigner } from '../../src/runtime/keys/signers.ts';
import { POLICY } from './world.ts';

/** A folder with a policy that names two signers, their keys, and the arguments of commands that speak there. */
export interface SayWorld {
  readonly at: (...path: string[]) => string;
  /** Policy, control log and keys. */
  readonly ground: readonly string[];
  readonly officer: readonly string[];
  readonly both: readonly string[];
}

/** The demo's policy with signers and accounts. The key folder is for `unjoin keys init` to make. */
export const sayWorld = (dir: string, edit: (text: string) => string = (text) => text): SayWorld => {
  const at = (...path: string[]): string => join(dir, ...path);
  const line = (name: string): string => `  ${name}: { key: ${makeSigner(at(`${name}.key`))}, may: [${CONTROL_KINDS.join(', ')}] }\n`;
  const text = readFileSync(POLICY, 'utf8')
    .replaceAll('../', `${join(POLICY, '..', '..')}/`)
    .replace('\nevents:\n', `\nsigners:\n${line('officer')}${line('second')}\nevents:\n`)
    .replaceAll('    gateway: gatewayId\n', '    gateway: gatewayId\n    account: accountId\n');
  writeFileSync(at('policy.yaml'), edit(text));
  const officer = ['--as', 'officer', '--key', at('officer.key')];
  return {
    at,
    ground: ['--policy', at('policy.yaml'), '--controls', at('control.ndjson'), '--keys', at('keys')],
    officer,
    both: [...officer, '--with', 'second', '--with-key', at('second.key')],
  };
};
