import { existsSync, lstatSync, readdirSync, statfsSync } from 'node:fs';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { type Check, fail, ok, skip, warn } from './check.ts';

const NODE: readonly [major: number, minor: number] = [20, 19];

/** Whether this Node can run us (`engines` of package.json). */
export const nodeCheck = (version: string): Check => {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  const isEnough = major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
  return isEnough ? ok('node', version) : fail('node', `${version} is too old`, `install Node ${NODE.join('.')} or newer`);
};

const MIB = 1 << 20;
const LITTLE_MIB = 1024;
const NONE_MIB = 64;

const freeMiB = (dir: string): number => {
  const { bavail, bsize } = statfsSync(dir);
  return Math.floor((bavail * bsize) / MIB);
};

/** The nearest folder that exists. */
const existing = (dir: string): string => (existsSync(dir) || dirname(dir) === dir ? dir : existing(dirname(dir)));

/** Space where the key ring lies: keys of an epoch that cannot be written stop the release. */
export const diskCheck = (dir: string, free: (dir: string) => number = freeMiB): Check => {
  const mib = free(existing(dir));
  const told = `${mib} MiB free`;
  if (mib < NONE_MIB) return fail('disk', told, 'make room: keys could not be written');
  return mib < LITTLE_MIB ? warn('disk', told, 'make room') : ok('disk', told);
};

/** Memory that the process may take: what a container is given, else what the machine has. */
const availableMiB = (): number => {
  const constrained = process.constrainedMemory();
  const all = totalmem();
  return Math.floor((constrained > 0 && constrained < all ? constrained : all) / MIB);
};

/** What the process takes before it reads anything, and some room to read. */
const LEAST_MIB = 320;

export const memoryCheck = (rssMiB: number, availableOf: () => number = availableMiB): Check => {
  const mib = availableOf();
  if (rssMiB < LEAST_MIB)
    return warn(
      'memory',
      `limits.rssMiB (${rssMiB}) leaves no room to read: the process alone takes some 200 MiB`,
      `set it to ${LEAST_MIB} or more`,
    );
  return mib < rssMiB
    ? warn('memory', `${mib} MiB, less than limits.rssMiB (${rssMiB})`, 'give it more, or lower limits.rssMiB')
    : ok('memory', `${mib} MiB for limits.rssMiB ${rssMiB}`);
};

const OPEN_BITS = 0o077;
const WRITE_BITS = 0o022;
/** Halves that only operators and auditors need. */
const PRIVATE = ['operator.key', 'lineage.key'];

const isOpen = (path: string): boolean => {
  const { mode, uid } = lstatSync(path);
  const isMine = process.getuid === undefined || uid === process.getuid();
  return !isMine || (mode & (path.endsWith('.pub') ? WRITE_BITS : OPEN_BITS)) !== 0;
};

/** Modes and owners of the key ring, without opening a key. */
export const keyChecks = (dir: string): Check[] => {
  const NAME = 'keys';
  if (!existsSync(dir)) return [skip(NAME, 'no key ring yet', 'the first start makes one: unjoin run -c <file> --initialise')];
  try {
    const names = readdirSync(dir);
    const open = [dir, ...names.map((name) => join(dir, name))].filter(isOpen);
    if (open.length > 0) return [fail(NAME, 'others can open, or own, parts of the key ring', `chmod -R go-rwx ${dir}`, 77)];
    const beside = PRIVATE.filter((name) => names.includes(name));
    const whole = names.includes('ring.json') ? ok(NAME, 'modes are right') : warn(NAME, 'a folder without ring.json', 'restore it');
    if (beside.length === 0) return [whole];
    return [whole, warn(NAME, `${beside.join(' and ')} lie beside the service`, 'move them to whoever may open what is sealed')];
  } catch {
    return [fail(NAME, 'the folder of the key ring cannot be read', 'let it belong to the service', 77)];
  }
};
