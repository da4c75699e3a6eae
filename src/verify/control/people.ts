import type { KeyObject } from 'node:crypto';
import { canonicalise, type IdentifierKind } from '../../policy/canonical/index.ts';
import type { PolicyEvent } from '../../policy/shape.ts';
import { isObject, parseJson } from '../json.ts';
import type { Findings } from '../report.ts';
import type { Rules, ViewRule } from '../rules.ts';
import { createOpener } from '../seal.ts';
import type { Judged } from './judge.ts';
import type { Saying, Sealed } from './payload.ts';

/** Whom a source record names, as canonical ids; null where it does not say. */
export interface Named {
  readonly device: string | null;
  readonly account: string | null;
  /** The household that a trusted publisher named. */
  readonly household: string | null;
}

/** Why nothing of somebody may leave. */
export type Refusal = 'shutdown' | 'erased' | 'minor' | 'consent';

/** What the control log says of people, as of a window's end, by the ids in the raw data. */
export interface People {
  /** Household that a device or account is bound to, or that was named. */
  household(named: Named, endMs: number): string | null;
  /** Null: it may leave. */
  refusal(named: Named, view: ViewRule, windowStartMs: number): Refusal | null;
  /** Names of everybody who may be behind a record, as a window ends. */
  behind(named: Named, endMs: number): readonly string[];
  /** Names of whom a control record is about, by its number: an id has several when events spell it in several kinds. */
  namesIn(number: number): readonly string[];
  /** Every id that a control record is about, with the number of the record. */
  readonly ids: readonly { readonly id: string; readonly number: number }[];
}

type Kind = Sealed['kind'];
type Consent = Extract<Saying, { readonly kind: 'consent' }>;

/** What was said of one person. Times rise. */
interface File {
  readonly households: { readonly atMs: number; readonly household: string | null }[];
  readonly consents: { readonly atMs: number; readonly consent: Consent }[];
  readonly ages: { readonly atMs: number; readonly age: string }[];
  erasedMs: number;
  /** Of a household: accounts that were bound to it at some time. */
  readonly accounts: Set<string>;
}

const emptyFile = (): File => ({ households: [], consents: [], ages: [], erasedMs: Number.POSITIVE_INFINITY, accounts: new Set() });

const pathOf: Readonly<Record<Kind, (event: PolicyEvent) => string | undefined>> = {
  device: ({ device }) => device,
  account: ({ account }) => account,
  household: ({ household }) => (typeof household === 'object' ? household.trusted : undefined),
};

const KINDS: readonly Kind[] = ['device', 'account', 'household'];

const COMMON: Readonly<Record<Kind, IdentifierKind>> = { device: 'device-id', account: 'account-id', household: 'household-id' };

/** How ids of a kind may be spelled canonically: as each event of the policy does. */
const spellingsOf = ({ policy }: Rules, kind: Kind): readonly IdentifierKind[] => {
  const kinds = Object.values(policy.events).flatMap((event) => {
    const path = pathOf[kind](event);
    const role = path === undefined ? undefined : event.fields[path];
    return role?.role === 'identifier' ? [role.kind as IdentifierKind] : [];
  });
  return [...new Set([...kinds, COMMON[kind]])];
};

/** Opens the ids of control records with the operator's private key; null where no record has one. */
const createReader = (key: KeyObject | null, findings: Findings) => {
  const open = key === null ? () => null : createOpener(key, 'control');
  const idOfToken = new Map<string, string>();
  /** One token is of one id. */
  const note = (kind: Kind, token: string, id: string, where: string): void => {
    const known = idOfToken.get(`${kind} ${token}`) ?? id;
    if (known !== id) findings.fail('I14', where, 'one control token for two subjects');
    idOfToken.set(`${kind} ${token}`, known);
  };
  /** Another token of whoever a token is of. */
  const rename = ([token, to]: readonly [string, string], where: string): void => {
    for (const kind of KINDS) {
      const id = idOfToken.get(`${kind} ${token}`);
      if (id !== undefined) note(kind, to, id, where);
    }
  };
  const read = ({ kind, tokens, renewed = [], sealed }: Sealed, where: string): string | null => {
    const plain = open(sealed, kind);
    const fields = plain === null ? undefined : parseJson(plain.toString('utf8'));
    if (!isObject(fields) || fields['kind'] !== kind || typeof fields['id'] !== 'string') {
      findings.fail('I14', where, 'control record whose subject cannot be opened');
      return null;
    }
    const id = canonicalise(COMMON[kind], fields['id']);
    for (const token of [...tokens, ...renewed]) note(kind, token, id, where);
    return fields['id'];
  };
  return { read, rename };
};

const last = <T extends { readonly atMs: number }>(told: readonly T[] | undefined, endMs: number): T | undefined =>
  told?.findLast(({ atMs }) => atMs < endMs);

const isDenied = (file: File | undefined, { purpose }: ViewRule, startMs: number, endMs: number): boolean => {
  const found = file?.consents.findLast(
    ({ atMs, consent: { purposes } }) => atMs < endMs && (purposes.includes(purpose) || purposes.includes('*')),
  );
  if (found === undefined || found.consent.state === 'granted') return false;
  const { from, to } = found.consent;
  return (from === null || from < endMs) && (to === null || to > startMs);
};

/** What was said of each person, and whom anything was said of; records whose subject cannot be opened are findings. */
const readFiles = (judged: readonly Judged[], rules: Rules, key: KeyObject | null, findings: Findings) => {
  const files = new Map<string, File>();
  const ids: { id: string; number: number }[] = [];
  const named = new Map<number, string[]>();
  const spellings = { device: spellingsOf(rules, 'device'), account: spellingsOf(rules, 'account'), household: spellingsOf(rules, 'household') }; // biome-ignore format: a table
  const { read, rename } = createReader(key, findings);
  const namesOf = (kind: Kind, id: string): string[] => [...new Set(spellings[kind].map((spelling) => `${kind} ${canonicalise(spelling, id)}`))]; // biome-ignore format: one rule
  const fileOf = (name: string): File => {
    const file = files.get(name) ?? emptyFile();
    files.set(name, file);
    return file;
  };
  const take = (saying: Saying, atMs: number, number: number): void => {
    const where = `control record ${number}`;
    if (saying.kind === 'rekey' && saying.state === 'staged') for (const alias of saying.aliases) rename(alias, where);
    if (!('subject' in saying)) return;
    const id = read(saying.subject, where);
    const home = saying.kind === 'binding' && saying.household !== null ? read(saying.household, where) : null;
    if (id === null || (saying.kind === 'binding' && saying.household !== null && home === null)) return;
    ids.push({ id, number }, ...(home === null ? [] : [{ id: home, number }]));
    named.set(number, namesOf(saying.subject.kind, id));
    for (const name of namesOf(saying.subject.kind, id)) {
      const file = fileOf(name);
      if (saying.kind === 'erasure') file.erasedMs = Math.min(file.erasedMs, atMs);
      else if (saying.kind === 'profile') file.ages.push({ atMs, age: saying.age });
      else if (saying.kind === 'consent') file.consents.push({ atMs, consent: saying });
      else {
        file.households.push({ atMs, household: home === null ? null : canonicalise(spellings.household[0], home) });
        if (saying.subject.kind === 'account' && home !== null)
          for (const household of namesOf('household', home)) fileOf(household).accounts.add(name);
      }
    }
  };
  for (const { saying, atMs, number } of judged) if (saying !== null) take(saying, atMs, number);
  return { files, ids, named };
};

/** When the service was shut down, and from when on nothing leaves; null: it goes on. */
const shutdownOf = (judged: readonly Judged[]): { readonly atMs: number; readonly fromMs: number } | null => {
  for (const { saying, atMs } of judged) if (saying?.kind === 'shutdown') return { atMs, fromMs: saying.from };
  return null;
};

/** Reads what applied records say of people. */
export const createPeople = (judged: readonly Judged[], rules: Rules, key: KeyObject | null, findings: Findings): People => {
  const { files, ids, named: about } = readFiles(judged, rules, key, findings);
  const shutdown = shutdownOf(judged);
  const boundTo = (kind: Kind, id: string | null, endMs: number): string | null =>
    id === null ? null : (last(files.get(`${kind} ${id}`)?.households, endMs)?.household ?? null);
  /** What a device is bound to says more than what the account is that used it; what was signed, more than what was sent. */
  const household = ({ device, account, household: told }: Named, endMs: number): string | null =>
    boundTo('device', device, endMs) ?? boundTo('account', account, endMs) ?? told;
  /** Everybody who may be behind a record: without an account in it, all of its household. */
  const behind = (named: Named, endMs: number): string[] => {
    const home = household(named, endMs);
    const own = [
      ...(named.device === null ? [] : [`device ${named.device}`]),
      ...(named.account === null ? [] : [`account ${named.account}`]),
      ...[named.household, home].flatMap((id) => (id === null ? [] : [`household ${id}`])),
    ];
    if (named.account !== null || home === null) return own;
    const members = [...(files.get(`household ${home}`)?.accounts ?? [])].filter(
      (name) => last(files.get(name)?.households, endMs)?.household === home,
    );
    return [...own, ...members];
  };
  return {
    household,
    ids,
    behind,
    namesIn: (number) => about.get(number) ?? [],
    refusal(named, view, windowStartMs) {
      const endMs = windowStartMs + view.windowMs;
      if (shutdown !== null && shutdown.atMs < endMs && windowStartMs >= shutdown.fromMs) return 'shutdown';
      const found = behind(named, endMs).map((name) => files.get(name));
      if (found.some((file) => file !== undefined && file.erasedMs < endMs)) return 'erased';
      if (found.some((file) => (last(file?.ages, endMs)?.age ?? 'adult') !== 'adult')) return 'minor';
      return found.some((file) => isDenied(file, view, windowStartMs, endMs)) ? 'consent' : null;
    },
  };
};
