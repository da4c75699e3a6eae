import { type Static, type TSchema, Type } from '@sinclair/typebox';

/** What stands in the payload of a control record. Closed: a member that nobody knows could mean anything. */
const closed = { additionalProperties: false };
const text = () => Type.String({ minLength: 1, maxLength: 1000 });
const name = () => Type.String({ minLength: 1, maxLength: 200 });
const time = () => Type.Integer();
const count = () => Type.Integer({ minimum: 0 });
const digest = () => Type.String({ pattern: '^[0-9a-f]{64}$' });

/** A control token in hex: 16 bytes, PRF(control key; kind, canonical id). */
const TOKEN = () => Type.String({ pattern: '^[0-9a-f]{32}$' });

/**
 * Whom a record is about. An id has several tokens when events spell it in several kinds. `sealed` is the id, sealed to the operator: it
 * is opened for nothing but another control key, and by the checker. `key` is the number of the control key that the tokens are under;
 * absent: the first. `renewed` are the same ids under the key after it, in the same order: while windows of both are open a record has
 * to say both.
 */
export const SubjectShape = Type.Object(
  {
    kind: Type.Union([Type.Literal('device'), Type.Literal('account'), Type.Literal('household')]),
    tokens: Type.Array(TOKEN(), { minItems: 1, maxItems: 8 }),
    sealed: Type.String({ pattern: '^[A-Za-z0-9+/]+={0,2}$', maxLength: 4000 }),
    key: Type.Optional(Type.Integer({ minimum: 1 })),
    renewed: Type.Optional(Type.Array(TOKEN(), { minItems: 1, maxItems: 8 })),
  },
  closed,
);

const recordOf = <K extends string, P extends Record<string, TSchema>>(kind: K, properties: P) =>
  Type.Object({ kind: Type.Literal(kind), ...properties }, closed);

/** A device or account belongs to a household, or to none any more. */
const Binding = recordOf('binding', { subject: SubjectShape, household: Type.Union([SubjectShape, Type.Null()]) });

/** Purposes are those of views; `*` is every purpose. Times are ms; null is open. */
const Consent = recordOf('consent', {
  subject: SubjectShape,
  purposes: Type.Array(text(), { minItems: 1, maxItems: 100 }),
  state: Type.Union([Type.Literal('granted'), Type.Literal('denied'), Type.Literal('withdrawn')]),
  from: Type.Union([time(), Type.Null()]),
  to: Type.Union([time(), Type.Null()]),
});

/** Nothing of the subject leaves any more. */
const Erasure = recordOf('erasure', { subject: SubjectShape });

/** `child`: a child profile of unknown age. */
const Profile = recordOf('profile', {
  subject: SubjectShape,
  age: Type.Union([Type.Literal('adult'), Type.Literal('minor'), Type.Literal('child')]),
});

/**
 * An index of a registered personal dataset comes into force, for policies whose columns, paths and ladders it was made for (`basis`).
 * `digest` is SHA-256 over the index file: just this one is meant. `evidence`: receipts for what was recalled for it were looked at.
 */
const Dataset = recordOf('dataset', {
  name: name(),
  digest: digest(),
  basis: digest(),
  asOf: time(),
  rows: count(),
  persons: count(),
  evidence: Type.Optional(digest()),
});

/** An index of a dataset is lost for good: nothing of the windows that need it leaves any more in the views that it guards. */
const Loss = recordOf('loss', { dataset: name(), digest: digest() });

/** A combined-use period is announced; nothing of its views leaves while it is not active. */
const Period = recordOf('period', {
  id: Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,62}$' }),
  with: Type.Object({ datasets: Type.Array(name()), views: Type.Array(name()), unindexed: Type.Boolean() }, closed),
  views: Type.Array(name(), { minItems: 1 }),
  consumers: Type.Array(name(), { minItems: 1 }),
  start: time(),
  end: Type.Union([time(), Type.Null()]),
  basis: Type.Union([Type.Literal('none'), Type.Literal('consent'), Type.Literal('law')]),
  /** The requirement, for basis `law`. */
  cites: Type.Optional(text()),
  k: Type.Integer({ minimum: 12 }),
});

/**
 * The declared consumers cannot read the ordinary topics of the views in scope: the evidence was looked at, and this is its digest.
 * `lineage`: to whom lineage of the period is sealed, an X25519 public key; its private half is destroyed at the end.
 */
const Activation = recordOf('activation', {
  period: name(),
  evidence: digest(),
  lineage: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9+/]{43}=$' })),
});

/** A period ends at a time; for one without an end, or before its end. */
const End = recordOf('end', { period: name(), end: time() });

/** What consumers of a view must not have beside a period: records of its own topic's partition before an offset. */
const PeriodRecall = recordOf('recall', { period: name(), view: name(), partition: count(), before: count() });

/**
 * What consumers of a view must not have read by an index of a dataset (its digest): records of a partition before an offset, of the
 * view's own topic or of one of a combined-use period (`output`).
 */
const DatasetRecall = recordOf('recall', {
  dataset: name(),
  digest: digest(),
  view: name(),
  output: Type.Union([Type.Object({ period: name(), authorised: Type.Boolean() }, closed), Type.Null()]),
  partition: count(),
  before: count(),
});

/**
 * What becomes of a key epoch. `active`: keys are rotated; windows from `epoch` on, ms, lie in a new epoch of that number, until the
 * next cut. `retired`: nothing is decided under it any more. `destroyed`: its keys are gone.
 */
const Epoch = recordOf('epoch', {
  epoch: Type.Integer(),
  state: Type.Union([Type.Literal('active'), Type.Literal('retired'), Type.Literal('destroyed')]),
});

/** Most pairs of one record: so that it stays below what an envelope may be. */
export const MAX_ALIASES = 2000;

/**
 * Another control key is made ready: the subject of one token, under the key in force, is that of the other, under the one that is
 * staged. `commitment` is the PRF of a fixed label under the new key: aliases of another key begin again.
 */
const Staged = recordOf('rekey', {
  key: Type.Integer({ minimum: 2 }),
  state: Type.Literal('staged'),
  commitment: TOKEN(),
  aliases: Type.Array(Type.Tuple([TOKEN(), TOKEN()]), { minItems: 1, maxItems: MAX_ALIASES }),
});

/** Windows that start at `from`, ms, or later are of this control key, and of a key epoch that begins there. */
const Rekeyed = recordOf('rekey', {
  key: Type.Integer({ minimum: 2 }),
  state: Type.Literal('active'),
  commitment: TOKEN(),
  from: time(),
});

/** A control key is gone: nobody can tell any more whose the records of its windows are. */
const Unkeyed = recordOf('rekey', { key: Type.Integer({ minimum: 1 }), state: Type.Literal('destroyed') });

/** A policy that loosens is accepted: digest of what exactly was accepted. */
const Acceptance = recordOf('acceptance', { acceptance: digest(), why: text() });

/** The service ends: nothing of windows that start at or after this leaves. */
const Shutdown = recordOf('shutdown', { from: time() });

/** Most marks of one record: so that it stays well below what an envelope may be. */
export const MAX_MARKS = 2000;

/**
 * Quarantined records were published again. A mark stands for the place of one, keyed by the operator's private key: nobody else can tell
 * where that was, and nothing is published twice.
 */
const Replay = recordOf('replay', {
  marks: Type.Array(Type.String({ pattern: '^[0-9a-f]{32}$' }), { minItems: 1, maxItems: MAX_MARKS, uniqueItems: true }),
});

export const RecordShape = Type.Union([
  Binding,
  Consent,
  Erasure,
  Profile,
  Dataset,
  Loss,
  Period,
  Activation,
  End,
  PeriodRecall,
  DatasetRecall,
  Epoch,
  Staged,
  Rekeyed,
  Unkeyed,
  Acceptance,
  Shutdown,
  Replay,
]);

/** What is signed: who says it, the how manieth record of that signer it is, from 1, and what it says. */
export const PayloadShape = Type.Object(
  { v: Type.Literal(1), signer: name(), seq: Type.Integer({ minimum: 1 }), record: RecordShape },
  closed,
);

export type ControlSubject = Static<typeof SubjectShape>;
export type ControlRecord = Static<typeof RecordShape>;
export type ControlPayload = Static<typeof PayloadShape>;
export type ControlKind = ControlRecord['kind'];
export type RecordOf<K extends ControlKind> = Extract<ControlRecord, { readonly kind: K }>;
export type PeriodRecallRecord = Static<typeof PeriodRecall>;
export type DatasetRecallRecord = Static<typeof DatasetRecall>;
