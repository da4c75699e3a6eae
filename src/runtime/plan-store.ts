import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Plan } from '../model/plan.ts';
import { compilePlan, type PlanFiles } from '../plan.ts';
import { writeKeyFile } from './keys/files.ts';
import { makeFolder } from './make-folder.ts';

/** A policy and every text that its digest covers. */
export interface PlanTexts {
  readonly policy: string;
  /** Schemas and ladders by the path that the policy gives them. */
  readonly files: ReadonlyMap<string, string>;
  /** The table of addresses; null when no ladder asks for it. */
  readonly ip: { readonly v4: string; readonly v6: string } | null;
}

/**
 * Plans that decided something, by digest, so that whoever comes next can finish their windows, and check them. Each text lies
 * once, under its own hash. Nothing in it is secret. Whoever changes a text makes it another plan, which is then missing.
 */
export interface PlanStore {
  /** On disk, whole, before it returns. Throws the system's error when that cannot be. */
  save(digest: string, texts: PlanTexts): void;
  /** The texts of a plan; null when they are not there, or are not those of the digest. */
  texts(digest: string): PlanTexts | null;
  /** The plan; null like `texts`. */
  plan(digest: string): Plan | null;
}

interface Manifest {
  readonly v: 1;
  readonly policy: string;
  readonly files: Readonly<Record<string, string>>;
  readonly ip: { readonly v4: string; readonly v6: string } | null;
}

const DIGEST = /^[0-9a-f]{64}$/;
const MAX_TEXT_BYTES = 256 << 20;
/** Name of a policy that comes from here, in its issues: it has none. */
const KEPT = 'a kept policy';

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Files of a policy that are texts already. */
export const filesOf = ({ files, ip }: PlanTexts): PlanFiles => {
  const found = <T>(text: T | null | undefined): T => {
    if (text == null) throw new Error('the plan has no such text');
    return text;
  };
  return { read: (path) => found(files.get(path)), ipTable: () => found(ip) };
};

const manifestOf = (path: string): Manifest => {
  const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
  if (manifest.v !== 1) throw new Error('another version');
  return manifest;
};

export const openPlanStore = (dir: string): PlanStore => {
  const blobPath = (hash: string): string => join(dir, `${hash}.gz`);
  const get = (hash: string): string => {
    if (!DIGEST.test(hash)) throw new Error('no digest');
    const text = gunzipSync(readFileSync(blobPath(hash)), { maxOutputLength: MAX_TEXT_BYTES }).toString('utf8');
    if (hashOf(text) !== hash) throw new Error('another text');
    return text;
  };
  const isWhole = (hash: string): boolean => {
    try {
      return get(hash) !== '';
    } catch {
      return false;
    }
  };
  const put = (text: string): string => {
    const hash = hashOf(text);
    if (!isWhole(hash)) writeKeyFile(blobPath(hash), gzipSync(text));
    return hash;
  };
  const read = (digest: string): PlanTexts | null => {
    if (!DIGEST.test(digest)) return null;
    try {
      const { policy, files, ip } = manifestOf(join(dir, `${digest}.json`));
      return {
        policy: get(policy),
        files: new Map(Object.entries(files).map(([path, hash]) => [path, get(hash)])),
        ip: ip === null ? null : { v4: get(ip.v4), v6: get(ip.v6) },
      };
    } catch {
      // Not there, cut off, or not what it was: in each case it is not to be had.
      return null;
    }
  };
  const compiled = (digest: string): { readonly texts: PlanTexts; readonly plan: Plan } | null => {
    const texts = read(digest);
    const plan = texts === null ? null : compilePlan(texts.policy, KEPT, filesOf(texts)).plan;
    return texts === null || plan?.digest !== digest ? null : { texts, plan };
  };
  return {
    save(digest, { policy, files, ip }) {
      const path = join(dir, `${digest}.json`);
      if (existsSync(path) && compiled(digest) !== null) return;
      makeFolder(dir, 0o700);
      const manifest: Manifest = {
        v: 1,
        policy: put(policy),
        files: Object.fromEntries([...files].map(([name, text]) => [name, put(text)])),
        ip: ip === null ? null : { v4: put(ip.v4), v6: put(ip.v6) },
      };
      writeKeyFile(path, `${JSON.stringify(manifest)}\n`);
    },
    texts: (digest) => compiled(digest)?.texts ?? null,
    plan: (digest) => compiled(digest)?.plan ?? null,
  };
};
