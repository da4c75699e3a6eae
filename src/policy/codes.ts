/**
 * Every issue that the author of a policy can meet: what it means and what to do. The documentation is made from this
 * list; a test produces every code in it, and no other.
 */
interface IssueEntry {
  readonly severity: 'error' | 'warning';
  readonly meaning: string;
  readonly remedy: string;
}

const error = (meaning: string, remedy: string): IssueEntry => ({ severity: 'error', meaning, remedy });
const warning = (meaning: string, remedy: string): IssueEntry => ({ severity: 'warning', meaning, remedy });

const FILE_ISSUES = {
  'policy-syntax': error('the file is not one YAML document with text keys', 'correct the YAML at the position'),
  'policy-too-large': error('the file is larger than any policy', 'split it'),
  'policy-too-deep': error('maps and lists stand in each other deeper than any policy needs', 'flatten it'),
  'policy-alias': error('a YAML alias, which can expand without bound', 'write the value out'),
  'policy-tag': error('a YAML tag, which other readers may run as code', 'delete it'),
  'policy-duplicate-key': error('a key stands twice in one map, and readers differ in which one counts', 'delete one'),
  'policy-bad-name': error('a name has characters that no name has', 'rename it'),
  'policy-unknown-key': error('a key that a policy does not have there', 'correct or delete it'),
  'policy-missing-key': error('a key that must be there', 'add it'),
  'policy-wrong-type': error('a value of another type than expected', 'write a value of the expected type'),
  'policy-wrong-value': error('a value that is not allowed there', 'write an allowed value'),
} as const;

const EVENT_ISSUES = {
  'schema-unreadable': error(
    'an Avro schema that the policy names cannot be read or is no valid Avro',
    'check the path, relative to the policy, and the schema',
  ),
  'schema-unsupported': error('a schema has no finite list of fields, or unions that no path can name', 'simplify the schema'),
  'schema-id-doubled': error(
    'two schemas claim one schema id, so that a prefix does not tell which event it is',
    'give each schema its own id',
  ),
  'event-later': error('logs (2.2.3) need a vocabulary gate that does not exist yet', 'take the event out of the policy'),
  'event-ambiguous': error(
    'two events claim the same topic or the same bare records',
    'let each topic and each `when` belong to one event',
  ),
  'field-without-role': error(
    'a field of a schema has no role; what nobody decided about does not pass',
    'give it a role; drop when in doubt',
  ),
  'field-unknown': error('a path that no version of the schema has', 'correct the path, or delete it'),
  'field-two-roles': error('a field has a role of its own and one from a path above it', 'delete one of the two roles'),
  'field-not-a-value': error(
    'a role that needs one value a record, on a record, map or list, or below a list',
    'use drop or identifier, or a count ladder for a list',
  ),
  'field-not-an-identifier': error('a field that names somebody or something has another role than identifier', 'make its role identifier'),
  'field-not-a-time': error('a time field is neither a number nor a text', 'name a field that holds a time'),
  'constant-impossible': error(
    'the constant is not of the type of its field, so that every record would be a fault',
    'write a value of that type, or drop the field',
  ),
  'field-reserved': error(
    'a schema has a field at the top whose name stands for what is around the value',
    'rename the field: `$key`, `$topic`, `$headers`, `$ce`, `$position` and `$timestamp` are taken',
  ),
  'pattern-invalid': error(
    'a pattern has braces that do not pair, a part without a name or twice, or parts that touch',
    'write text between named parts: `zigbee2mqtt/{device}`',
  ),
  'pattern-not-a-text': error(
    'a pattern for something that is no text of the event; that of the topic belongs among `topics`',
    'name `$key`, a header or a text field',
  ),
  'list-invalid': error(
    'a list of named values is no list, or its items lack the members that hold name and value',
    'name a list of records or maps, and two members of its items',
  ),
  'embedded-invalid': error(
    'a field that should hold JSON as text is no record in the schema',
    'name a field whose schema is the record that the text holds',
  ),
  'optional-misplaced': error(
    'of a field of the value the schema says whether it may be missing',
    'delete `optional`; it is for what is read around the value and for parts',
  ),
  'household-without-gateway': error('households are told by gateways, but the event names no gateway field', 'add `gateway`'),
} as const;

const ATTRIBUTE_ISSUES = {
  'ladder-unknown': error('a field names a ladder that the policy does not have', 'correct the name, or add the ladder'),
  'ladder-wrong-type': error("a ladder cannot take values of the field's type", 'use another ladder, or another field'),
  'axis-unknown': error('an axis that the ladder does not have', 'use an axis of the ladder'),
  'axis-missing': error('a ladder with several inputs lacks one', 'add a field for the axis'),
  'axis-doubled': error('two fields feed the same axis of an attribute', 'leave one of them'),
  'attribute-mixed': error('the fields of one attribute disagree on ladder or role', 'give them the same, or another `as`'),
  'attribute-doubled': error('two attributes of an event have the same name', 'give one of them another `as`'),
  'attribute-bad-name': error('an attribute cannot be the name of an output field', 'give it another `as`: letters, digits, underscores'),
  'time-not-event-time': error('a time ladder on another field than the event time', 'put the ladder on the event time field'),
  'revealing-unknown': error(
    'a revealing value that the ladder does not list would never be found',
    'write the value as the ladder lists it',
  ),
} as const;

const VIEW_ISSUES = {
  'view-bad-name': error('the name of a view cannot be a topic and a file', 'use letters, digits, `-`, `_`, `.`'),
  'view-name-doubled': error('two views would write to the same topic', 'rename one'),
  'view-event-unknown': error('a view reads an event that the policy does not have', 'correct the name'),
  'view-without-household': error(
    'a view counts households, but its event does not say how to tell them',
    'add `household` to the event, or count devices',
  ),
  'path-attribute-unknown': error(
    'a path names an attribute that the event does not have',
    'correct the name, or give a field the role quasi',
  ),
  'path-attribute-missing': error('a path level leaves an attribute open', 'fix every attribute at every level'),
  'path-attribute-sensitive': error('a sensitive field stands in a path', 'use `sensitive`, or make it quasi'),
  'path-level-unknown': error('a ladder has no level of that name', 'use a level of the ladder, or `*`'),
  'path-level-empty': error('a path level says nothing at all', 'delete the level: records that fit nowhere are blocked'),
  'path-too-long': error('a path has more levels than a verdict can say', 'leave 63 at most'),
  'path-not-monotone': error(
    'a path level is finer than the one before for an attribute, or no coarser for any',
    'order the levels from fine to coarse',
  ),
  'k-too-small': error('k is below 12', 'raise k; 20 is the default, 50 for places'),
  'window-not-in-epoch': error(
    'windows do not divide the key epoch, so that one would need two keys',
    'use a window that divides the epoch',
  ),
  'window-too-short': error('a view of places has a window under 6 h', 'use 6h or more'),
  'time-too-fine': error('a view of places has a time finer than 6 h', 'use 6h, day, week or `*`'),
  'pseudonym-with-sensitive': error('a view with pseudonyms has a sensitive field', 'give up one of the two'),
  'pseudonym-with-place': error('a view with pseudonyms has a place', 'give up one of the two'),
  'sensitive-unknown': error('a view names a sensitive field that the event does not have', 'correct the name'),
  'sensitive-wrong-role': error('the sensitive field of a view has another role', 'give the field the role sensitive'),
  'gateways-without-field': error('a view sets gateways, but its event names no gateway field', 'add `gateway` to the event'),
  'consumer-windows-differ': error('one consumer reads two views of an event with unequal windows', 'use equal windows'),
  'consumer-attribute-shared': error(
    'one consumer reads two views of an event that share a field, by which they could be joined',
    'take it from one of them',
  ),
  'consumer-sensitive-shared': error('one consumer reads the same sensitive field in two views', 'take it from one of them'),
  'retention-missing': error('a view has no limit on how long its topic keeps it', 'add `retention`'),
  'retention-too-long': error('quarantine is kept longer than 7 d', 'use 72h; 7d at most'),
  'retention-keys': error(
    'a key epoch would be destroyed while windows of it may still be open',
    'keep keys at least as long as the longest window',
  ),
} as const;

const DATASET_ISSUES = {
  'dataset-bad-name': error('the name of a dataset cannot be a file', 'use letters, digits, `-`, `_`, `.`'),
  'dataset-view-unknown': error('a dataset guards a view that the policy does not have', 'correct the name'),
  'dataset-guard-idle': error(
    'a dataset guards a view and has neither an attribute of its path nor a direct column',
    'declare a column with an attribute of the view, or take the view out of `guards`',
  ),
  'dataset-attribute-unknown': error(
    'a column has an attribute that no guarded view has in its path',
    'correct the name, or write `role: drop`',
  ),
  'dataset-attribute-time': error(
    'a column has a time attribute: when an event was is a matter of the event, not of a person',
    'write `role: drop`',
  ),
  'dataset-axis-unknown': error(
    'a column has an axis that its attribute does not have in the events',
    'use an axis that the fields of the event have',
  ),
  'dataset-axis-missing': error(
    'a dataset lacks an axis of an attribute, so that its values would climb to others than those of the events',
    'add a column with that axis',
  ),
  'dataset-axis-doubled': error('two columns of a dataset hold the same axis of an attribute', 'leave one of them'),
  'dataset-kind': error(
    'a direct column without a kind, or a dropped one with a kind or an axis',
    'write `kind` for a direct column, and only `role` for a dropped one',
  ),
  'dataset-person-unknown': error(
    'a dataset tells persons by a column that it does not declare',
    'correct the name, or declare the column',
  ),
} as const;

const WARNINGS = {
  'event-id-missing': warning(
    'events have no id but their position in the log: one that a gateway sends twice is two, and is not recognised',
    'let the gateway send an id; classes are still counted by subjects, so k holds',
  ),
  'k-low': warning('k is below its default (20, or 50 for places)', 'raise k unless the fleet is small and the data harmless'),
  'path-wide': warning('a path of more than three attributes: most records will be blocked', 'split it into two views for two consumers'),
  'dataset-kmap-low': warning('the kMap of a dataset is below the k of a view that it guards', "leave kMap out: the view's k then holds"),
  'contribution-high': warning('one subject may leave many records in a class', 'lower contribution'),
} as const;

export const ISSUES = {
  ...FILE_ISSUES,
  ...EVENT_ISSUES,
  ...ATTRIBUTE_ISSUES,
  ...VIEW_ISSUES,
  ...DATASET_ISSUES,
  ...WARNINGS,
} as const satisfies Record<string, IssueEntry>;

export type IssueCode = keyof typeof ISSUES;
