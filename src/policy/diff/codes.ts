/**
 * Everything that one policy can be beside another: what each code means. Stable names; an acceptance names them. The
 * documentation is made from this list; a test produces every code in it, and no other.
 */
interface ChangeEntry {
  /** Who has to agree: what loosens needs an acceptance before a service takes the policy. */
  readonly kind: 'loosens' | 'tightens' | 'neutral';
  /** Under which heading it is told. */
  readonly group: ChangeGroup;
  readonly meaning: string;
}

export type ChangeGroup = 'visible' | 'joinable' | 'looser' | 'tighter' | 'neither';

const visible = (meaning: string): ChangeEntry => ({ kind: 'loosens', group: 'visible', meaning });
const joinable = (meaning: string): ChangeEntry => ({ kind: 'loosens', group: 'joinable', meaning });
const looser = (meaning: string): ChangeEntry => ({ kind: 'loosens', group: 'looser', meaning });
const tighter = (meaning: string): ChangeEntry => ({ kind: 'tightens', group: 'tighter', meaning });
const neither = (meaning: string): ChangeEntry => ({ kind: 'neutral', group: 'neither', meaning });

const GENERIC = {
  changed: looser('a difference that no rule can judge; it counts as loosening'),
  restated: neither('the same, said in other words'),
} as const;

const VIEWS = {
  'view-added': visible('a view that was not there'),
  'view-removed': tighter('a view is gone'),
  'view-event-changed': visible('a view projects another event: nothing of it is what it was'),
  'purpose-changed': visible('a view is for another purpose, for which nobody consented yet'),
  'consumer-added': visible('somebody else reads a view'),
  'consumer-removed': tighter('somebody reads a view no more'),
  'subject-device': looser('k counts devices where it counted households: the devices of one home make up a class'),
  'subject-household': tighter('k counts households where it counted devices'),
  'window-shorter': visible('windows are shorter: records tell more exactly when they came, and one subject is in more batches'),
  'window-longer': visible('windows are longer: more records reach k and leave finer, and pseudonyms connect over longer'),
  'k-lowered': looser('fewer subjects make a class'),
  'k-raised': tighter('a class needs more subjects'),
  'attribute-added': visible('a view has an attribute that it had not'),
  'attribute-removed': tighter('a view lacks an attribute that it had; the others may leave finer, as classes grow'),
  'level-finer': visible('a level of a path is finer than anything that the view told'),
  'level-added': visible('a level of a path lets records out that were blocked or left coarser'),
  'level-removed': tighter('a level of a path is gone: its records leave coarser, or are blocked'),
  'sensitive-added': visible('a view has a sensitive field'),
  'sensitive-changed': visible('a view has another sensitive field'),
  'sensitive-removed': tighter('a view has no sensitive field any more'),
  'top-share-raised': looser('more of a class may share one revealing value'),
  'top-share-lowered': tighter('less of a class may share one revealing value'),
  'pseudonym-added': joinable('a pseudonym connects the records of one subject inside a class'),
  'pseudonym-removed': tighter('no pseudonym connects the records of a subject'),
  'contribution-raised': visible('one subject may leave more records in a class'),
  'contribution-lowered': tighter('one subject may leave fewer records in a class'),
  'gateways-removed': looser('a class may hang on one gateway'),
  'gateways-added': tighter('a class must not hang on few gateways'),
  'gateways-fewer': looser('fewer gateways make a class'),
  'gateways-more': tighter('a class needs more gateways'),
  'publisher-removed': looser('the subjects of a gateway that may read the view count for it'),
  'publisher-added': tighter('the subjects of a gateway that may read the view do not count for it'),
} as const;

const JOINS = {
  'join-added': joinable('one consumer can join two views by what both have'),
  'join-removed': tighter('a consumer cannot join two views by what both had'),
  'join-windows': joinable('one consumer reads two views of one event with different windows'),
} as const;

const EVENTS = {
  'event-added': visible('an event type is read'),
  'event-removed': tighter('an event type is read no more'),
  'topic-added': visible('another topic is read'),
  'topic-removed': tighter('a topic is read no more'),
  'when-wider': visible('more bare records count as the event'),
  'when-narrower': tighter('fewer bare records count as the event'),
  'when-changed': visible('other bare records count as the event'),
  'reading-changed': visible('texts, lists or envelopes are taken apart otherwise: what a field holds may be something else'),
  'time-changed': looser('windows or times are told by another field'),
  'id-changed': looser('repetitions are recognised by another field'),
  'device-changed': looser('devices are told by another field: k may count others'),
  'household-weaker': looser('households are told by what is easier to forge: bindings, then gateways, then what publishers say'),
  'household-stronger': tighter('households are told by what is harder to forge'),
  'household-changed': looser('households are told by another field'),
  'gateway-named': neither('the event names its gateway'),
  'gateway-changed': looser('gateways are told by another field, or not at all'),
  'account-changed': looser('accounts are told by another field, or not at all: consent and bindings may be those of others'),
  'schema-added': visible('records of another schema are read'),
  'schema-removed': tighter('records of a schema are read no more'),
  'schema-changed': visible('a schema file says something else: what its fields hold may be something else'),
} as const;

const FIELDS = {
  'field-opened': visible('a field that died may leave'),
  'field-closed': tighter('a field that could leave dies'),
  'field-known': neither('a field that was unknown is known, and dies'),
  'field-gone': neither('a field that died is there no more'),
  'field-uncounted': looser('a field that was counted into classes is a sensitive one, which is not'),
  'field-unguarded': looser('a field that was guarded as a sensitive one is counted into classes'),
  'identifier-lost': looser('a field is not known as an identifier any more: nobody looks for its values in outputs'),
  'identifier-named': tighter('a field is known as an identifier'),
  'identifier-kind': looser('spellings of an identifier are made one by other rules: one may count as two'),
  'constant-lost': looser('records with any value pass where one was required'),
  'constant-named': tighter('records with another value than the declared one do not pass'),
  'constant-changed': looser('records with another value pass'),
  'optional-allowed': looser('records pass that lack it'),
  'optional-refused': tighter('records that lack it do not pass'),
  'field-ladder': visible('a field is made coarser by another ladder'),
  'attribute-renamed': neither('an attribute has another name'),
  'attribute-regrouped': visible('an attribute is made of other fields'),
  'revealing-removed': looser('a value may be most of a class'),
  'revealing-added': tighter('a value must not be most of a class'),
} as const;

const LADDERS = {
  'ladder-added': neither('a ladder that was not there'),
  'ladder-removed': neither('a ladder is gone'),
  'ladder-technique': visible('a ladder is made by another technique'),
  'ladder-level-added': visible('a ladder has another level'),
  'ladder-level-removed': tighter('a ladder has a level less'),
  'edge-added': visible('numbers are told apart by another edge'),
  'edge-removed': tighter('numbers are told apart by an edge less'),
  'word-added': visible('a family or language has a name of its own where it was `other`'),
  'word-removed': tighter('a family or language is `other`'),
  'value-listed': visible('values have a name of their own where they were not listed'),
  'value-unlisted': tighter('values are not listed any more'),
  'values-split': visible('values that were one are told apart'),
  'values-merged': tighter('values that were told apart are one'),
  'values-moved': visible('values stand under others than before'),
  'values-renamed': neither('groups of the same values have other names'),
  'unlisted-finer': visible('values that are not listed have a name at a finer level'),
  'unlisted-coarser': tighter('values that are not listed have a name only at coarser levels'),
  'addresses-changed': visible('the table of addresses is another one: addresses may stand for other places'),
} as const;

const SETTINGS = {
  'policy-renamed': neither('the policy has another name'),
  'prf-changed': neither('tokens are made by another keyed function, which is as strong'),
  'epoch-longer': joinable('a key lives longer: whoever gets it connects more'),
  'epoch-shorter': tighter('a key lives less long'),
  'limit-raised': visible('larger records are read'),
  'limit-lowered': tighter('large records are read no more'),
  'retention-longer': looser('something is kept longer'),
  'retention-shorter': tighter('something is kept less long'),
  'audit-shorter': looser('what was released can be proven for less long'),
  'audit-longer': tighter('what was released can be proven for longer'),
} as const;

const REGISTERS = {
  'dataset-removed': looser('a personal dataset guards nothing any more'),
  'dataset-added': tighter('a personal dataset guards views'),
  'guard-removed': looser('a personal dataset guards a view less'),
  'guard-added': tighter('a personal dataset guards another view'),
  'kmap-lowered': looser('fewer persons of a dataset hide a record'),
  'kmap-raised': tighter('more persons of a dataset have to hide a record'),
  'dataset-older': looser('an older index of a dataset will do'),
  'dataset-fresher': tighter('the index of a dataset has to be fresher'),
  'index-signed': tighter('signers say which index of a dataset is in force'),
  'index-unsigned': looser('nobody signs any more which index of a dataset is in force: whoever writes the folder chooses'),
  'signer-added': looser('somebody else may sign control records'),
  'signer-removed': tighter('somebody may sign no control records any more'),
  'signer-key': looser('a signer has another key'),
  'right-added': looser('a signer may sign more'),
  'right-removed': tighter('a signer may sign less'),
} as const;

export const CHANGES = {
  ...VIEWS,
  ...JOINS,
  ...EVENTS,
  ...FIELDS,
  ...LADDERS,
  ...SETTINGS,
  ...REGISTERS,
  ...GENERIC,
} as const satisfies Record<string, ChangeEntry>;

export type ChangeCode = keyof typeof CHANGES;
