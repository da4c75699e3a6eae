import { type Draft, type Files, filesOf } from './world.ts';

/**
 * One edit of the base policy each, and what it is told as: from the base to the edited policy, and the other way round.
 * `first` edits both.
 */
export interface Example {
  readonly edit: (policy: Draft, files: Files) => void;
  readonly forth: readonly string[];
  readonly back: readonly string[];
  readonly first?: (policy: Draft, files: Files) => void;
}

const example = (
  edit: Example['edit'],
  forth: string | readonly string[],
  back: string | readonly string[],
  first?: Example['edit'],
): Example => ({
  edit,
  forth: typeof forth === 'string' ? [forth] : forth,
  back: typeof back === 'string' ? [back] : back,
  ...(first === undefined ? {} : { first }),
});

/** The same code both ways. */
const twice = (edit: Example['edit'], code: string | readonly string[], first?: Example['edit']): Example =>
  example(edit, code, code, first);

const SETTINGS = [
  twice((p) => { p.name = 'other'; }, 'policy-renamed name'),
  twice((p) => { p.prf = 'hmac-sha-256'; }, 'prf-changed prf'),
  twice((p) => { p.prf = 'aes-256-cmac'; }, 'restated prf'),
  example((p) => { p.epoch = '14d'; }, 'epoch-longer epoch', 'epoch-shorter epoch'),
  twice((p) => { p.epoch = '168h'; }, 'restated epoch'),
  twice((p) => void delete p.epoch, 'restated epoch'),
  example((p) => { p.limits = { depth: 40 }; }, 'limit-raised limits.depth', 'limit-lowered limits.depth'),
  example((p) => { p.limits = { recordBytes: 64 }; }, 'limit-lowered limits.recordBytes', 'limit-raised limits.recordBytes'),
  twice((p) => { p.limits = {}; }, 'restated limits'),
  example((p) => { p.retention = { ...p.retention, quarantine: '7d' }; }, 'retention-longer retention.quarantine', 'retention-shorter retention.quarantine'),
  example((p) => { p.retention = { ...p.retention, lineage: '1d' }; }, 'retention-shorter retention.lineage', 'retention-longer retention.lineage'),
  example((p) => void delete p.retention?.keys, 'retention-longer retention.keys', 'retention-shorter retention.keys'),
  example((p) => { p.retention = { ...p.retention, audit: '30d' }; }, 'audit-shorter retention.audit', 'audit-longer retention.audit'),
  twice((p) => { p.retention = {}; }, 'restated retention', (p) => void delete p.retention),
]; // biome-ignore format: a table

const VIEWS = [
  example((p) => void delete (p.views as Partial<Draft['views']>)['presence'], 'view-removed views.presence', 'view-added views.presence'),
  twice((p) => { p.views['looks'] = { ...p.views['looks'], event: 'location', path: [{ time: 'day' }] }; }, 'view-event-changed views.looks'),
  twice((p) => { p.views['usage'].purpose = 'sell more'; }, 'purpose-changed views.usage.purpose'),
  example((p) => void p.views['usage'].consumers.push('sales'), 'consumer-added views.usage.consumers', 'consumer-removed views.usage.consumers'),
  twice((p) => void p.views['sensors'].consumers.reverse(), 'restated views.sensors.consumers'),
  example((p) => { p.views['usage'].subject = 'device'; }, 'subject-device views.usage.subject', 'subject-household views.usage.subject'),
  example((p) => { p.views['presence'].window = '24h'; }, 'window-longer views.presence.window', 'window-shorter views.presence.window'),
  twice((p) => { p.views['presence'].window = '360m'; }, 'restated views.presence.window'),
  example((p) => { p.views['usage'].k = 12; }, 'k-lowered views.usage.k', 'k-raised views.usage.k'),
  twice((p) => void delete p.views['usage'].k, 'restated views.usage.k'),
  twice((p) => { p.views['presence'].k = 50; }, 'restated views.presence.k'),
  example((p) => { p.views['presence'].k = 20; }, 'k-lowered views.presence.k', 'k-raised views.presence.k'),
  example((p) => void delete p.views['usage'].sensitive, 'sensitive-removed views.usage.sensitive', 'sensitive-added views.usage.sensitive'),
  twice((p) => { p.views['usage'].sensitive = 'channel'; }, 'sensitive-changed views.usage.sensitive'),
  example((p) => { p.views['usage'].topShare = 0.8; }, 'top-share-raised views.usage.topShare', 'top-share-lowered views.usage.topShare'),
  twice((p) => { p.views['usage'].topShare = 0.5; }, 'restated views.usage.topShare'),
  example((p) => { p.views['sensors'].pseudonym = 'class'; }, 'pseudonym-added views.sensors.pseudonym', 'pseudonym-removed views.sensors.pseudonym'),
  twice((p) => { p.views['sensors'].pseudonym = 'none'; }, 'restated views.sensors.pseudonym'),
  example((p) => { p.views['sensors'].contribution = 3; }, 'contribution-raised views.sensors.contribution', 'contribution-lowered views.sensors.contribution'),
  example((p) => void delete p.views['usage'].gateways, 'gateways-removed views.usage.gateways', 'gateways-added views.usage.gateways'),
  example((p) => { p.views['sensors'].gateways = {}; }, 'gateways-added views.sensors.gateways', 'gateways-removed views.sensors.gateways'),
  example((p) => { p.views['usage'].gateways = { min: 2 }; }, 'gateways-fewer views.usage.gateways.min', 'gateways-more views.usage.gateways.min'),
  twice((p) => { p.views['usage'].gateways = {}; }, 'restated views.usage.gateways.min'),
  example((p) => { p.views['usage'].gateways = { min: 4, publishers: ['g'] }; }, 'publisher-added views.usage.gateways.publishers', 'publisher-removed views.usage.gateways.publishers'),
  example((p) => { p.views['usage'].retention = '60d'; }, 'retention-longer views.usage.retention', 'retention-shorter views.usage.retention'),
]; // biome-ignore format: a table

const JOINS = [
  example((p) => void p.views['looks'].consumers.push('product-analytics'), ['consumer-added views.looks.consumers', 'join-windows views.sensors', 'join-windows views.usage'], ['consumer-removed views.looks.consumers', 'join-removed views.sensors', 'join-removed views.usage']),
  example((p) => { p.views['looks'].path = [{ theme: 'theme', os: 'major', model: 'brand' }]; }, ['attribute-added views.looks.path', 'level-removed views.looks.path', 'level-removed views.looks.path', 'join-added views.usage'], ['attribute-removed views.looks.path', 'level-added views.looks.path', 'level-added views.looks.path', 'join-removed views.usage'], (p) => { p.views['looks'] = { ...p.views['looks'], consumers: ['product-analytics'], window: '1h' }; }),
]; // biome-ignore format: a table

const PATHS = [
  example((p) => { p.views['usage'].path[0]['model'] = 'model'; }, ['level-finer views.usage.path', 'level-removed views.usage.path'], ['level-added views.usage.path', 'level-removed views.usage.path']),
  example((p) => void p.views['usage'].path.shift(), 'level-removed views.usage.path', 'level-finer views.usage.path'),
  example((p) => void p.views['usage'].path.pop(), 'level-removed views.usage.path', 'level-added views.usage.path'),
  example((p) => void p.views['usage'].path.splice(1, 1), 'level-removed views.usage.path', 'level-added views.usage.path'),
  example((p) => void p.views['usage'].path.push({ model: 'brand', operation: '*' }), 'level-added views.usage.path', 'level-removed views.usage.path'),
  example((p) => void p.views['usage'].path.push({ model: '*', operation: 'operation' }), 'level-finer views.usage.path', 'level-removed views.usage.path'),
  example((p) => { for (const level of p.views['usage'].path) delete level['operation']; }, 'attribute-removed views.usage.path', 'attribute-added views.usage.path', (p) => { p.views['usage'].path = [{ model: 'series', operation: 'group' }, { model: 'brand', operation: 'group' }]; }),
  twice((p) => { p.views['presence'].path[0]['place'] = 'r6'; }, 'restated views.presence.path'),
  twice((p) => { for (const level of p.views['presence'].path) level['gone'] = '*'; }, 'restated views.presence.path'),
  // A place among the attributes makes the default of k another, without a word about k.
  example((p) => { p.views['presence'].path = [{ time: 'day' }]; }, ['k-lowered views.presence.k', 'attribute-removed views.presence.path', 'level-removed views.presence.path'], ['k-raised views.presence.k', 'attribute-added views.presence.path', 'level-finer views.presence.path']),
]; // biome-ignore format: a table

const OP = 'events.operation';

const EVENTS = [
  example((p) => void delete (p.events as Partial<Draft['events']>)['location'], 'event-removed events.location', 'event-added events.location', (p) => void delete (p.views as Partial<Draft['views']>)['presence']),
  example((p) => { p.events['operation'].topics = ['home.actions', 'home.more']; }, `topic-added ${OP}.topics`, `topic-removed ${OP}.topics`),
  example((p) => { p.events['operation'].when = { field: 'type', equals: ['operation', 'use'] }; }, `when-wider ${OP}.when`, `when-narrower ${OP}.when`),
  example((p) => void delete p.events['operation'].when, `when-narrower ${OP}.when`, `when-wider ${OP}.when`),
  example((p) => { p.events['operation'].when = { field: 'kind', equals: 'operation' }; }, `when-changed ${OP}.when`, [`when-changed ${OP}.when`, 'reading-changed events.location.when']),
  twice((p) => { p.events['operation'].when = { field: 'type', equals: ['operation'] }; }, `restated ${OP}.when`),
  twice((p) => { p.events['operation'].cloudevents = true; }, `reading-changed ${OP}.cloudevents`),
  twice((p) => { p.events['operation'].cloudevents = false; }, `restated ${OP}.cloudevents`),
  twice((p) => { p.events['operation'].embedded = ['raw']; }, `reading-changed ${OP}.embedded`),
  twice((p) => { p.events['operation'].embedded = []; }, `restated ${OP}.embedded`),
  twice((p) => { p.events['operation'].patterns = { $key: 'a/{b}' }; }, `reading-changed ${OP}.patterns.$key`),
  twice((p) => { p.events['operation'].patterns = { $key: ['a/{b}'] }; }, `restated ${OP}.patterns.$key`, (p) => { p.events['operation'].patterns = { $key: 'a/{b}' }; }),
  twice((p) => { p.events['operation'].patterns = {}; }, `restated ${OP}.patterns`),
  twice((p) => { p.events['operation'].lists = { sensors: { name: 'kind', value: 'serial' } }; }, `reading-changed ${OP}.lists.sensors`),
  twice((p) => { p.events['operation'].eventTime = { field: 'eventTime', unit: 's' }; }, `time-changed ${OP}.eventTime`),
  twice((p) => { p.events['operation'].eventTime = { field: 'eventTime', unit: 'ms' }; }, `restated ${OP}.eventTime`),
  twice((p) => void delete p.events['operation'].appendTime, `time-changed ${OP}.appendTime`),
  twice((p) => { p.events['operation'].id = '$position'; }, `id-changed ${OP}.id`),
  twice((p) => { p.events['operation'].device = 'gatewayId'; }, `device-changed ${OP}.device`),
  example((p) => { p.events['operation'].household = 'bindings'; }, `household-stronger ${OP}.household`, `household-weaker ${OP}.household`),
  example((p) => { p.events['operation'].household = 'gateway'; }, `household-stronger ${OP}.household`, `household-weaker ${OP}.household`),
  example((p) => void delete p.events['operation'].household, `household-stronger ${OP}.household`, `household-weaker ${OP}.household`),
  twice((p) => { p.events['operation'].household = { trusted: 'deviceId' }; }, `household-changed ${OP}.household`),
  twice((p) => void delete p.events['operation'].household, `restated ${OP}.household`, (p) => { p.events['operation'].household = 'bindings'; }),
  twice((p) => { p.events['operation'].gateway = 'deviceId'; }, `gateway-changed ${OP}.gateway`),
  twice((p) => { p.events['operation'].account = 'deviceId'; }, `account-changed ${OP}.account`),
  example((p) => void delete p.events['operation'].gateway, `gateway-changed ${OP}.gateway`, `gateway-named ${OP}.gateway`),
  example((p) => { p.events['operation'].schema = 'operation.avsc'; }, `schema-removed ${OP}.schema`, `schema-added ${OP}.schema`),
  twice((p) => { p.events['location'].schema = ['location.avsc']; }, 'restated events.location.schema'),
  twice((_, files) => { files.schemas['location.avsc'] = { type: 'record', name: 'l', fields: [{ name: 'x', type: 'string' }] }; }, 'schema-changed events.location.schema'),
  twice((_, files) => { files.schemas['location.avsc'] = { ...(files.schemas['location.avsc'] as object), doc: 'another word' }; }, 'restated events.location.schema'),
  twice((_, files) => { files.texts['stray.txt'] = 'b'; }, 'changed files."stray.txt"', (_, files) => { files.texts['stray.txt'] = 'a'; }),
]; // biome-ignore format: a table

/** What one event gives up another may take, and the order in which they are tried counts. */
const ROUTES = [
  example((p) => { p.events['operation'].topics = []; }, [`topic-removed ${OP}.topics`, 'reading-changed events.location.topics'], `topic-added ${OP}.topics`, (p) => { p.events['location'].topics = ['home.{room}']; }),
  example((p) => { p.events['operation'].topics = []; }, [`topic-removed ${OP}.topics`, 'reading-changed events.location.topics'], `topic-added ${OP}.topics`, (p) => { p.events['operation'].topics = ['home.location']; }),
  example((p) => { delete (p.events as Partial<Draft['events']>)['operation']; }, ['event-removed events.operation', 'reading-changed events.location.topics', 'reading-changed events.location.when'], 'event-added events.operation', (p) => { p.views = { presence: p.views['presence'] }; p.events['location'].topics = ['home.{room}']; p.events['location'].when = { field: 'kind', equals: 'x' }; }),
  twice((p) => { p.events = Object.fromEntries(Object.entries(p.events).reverse()); }, 'reading-changed events'),
  twice((p) => { p.events['operation'].topics?.reverse(); }, `reading-changed ${OP}.topics`, (p) => { p.events['operation'].topics = ['a/{b}', '{a}/b']; }),
  twice((p) => { (p.events['operation'].schema as string[]).reverse(); }, `reading-changed ${OP}.schema`),
  twice((p) => { p.events['operation'].embedded?.reverse(); }, `reading-changed ${OP}.embedded`, (p) => { p.events['operation'].embedded = ['raw', 'raw.below']; }),
  twice((p) => { const lists = p.events['operation'].lists ?? {}; p.events['operation'].lists = { b: lists['b'], a: lists['a'] }; }, `reading-changed ${OP}.lists`, (p) => { p.events['operation'].lists = { a: { name: 'n', value: 'v' }, b: { name: 'n', value: 'v' } }; }),
]; // biome-ignore format: a table

const F = `${OP}.fields`;
type Field = Draft['events'][string]['fields'][string];
const field =
  (path: string, to: Field | null): Example['edit'] =>
  (p) => {
    const { fields } = p.events['operation'] as { fields: Record<string, Field> };
    if (to === null) delete fields[path];
    else fields[path] = to;
  };

/** Another ladder that makes the same of every place. */
const place2: Example['edit'] = ({ ladders, events }) => {
  ladders['place2'] = { h3: [6, 5, 4] };
  for (const axis of ['lat', 'lon']) events['location'].fields[`gps.${axis}`] = { role: 'quasi', ladder: 'place2', axis, as: 'place' };
};
const RESTATED_PLACE = ['lat', 'lon'].flatMap((axis) =>
  ['ladder', 'as'].map((key) => `restated events.location.fields."gps.${axis}".${key}`),
);

const FIELDS = [
  example(field('raw', { role: 'quasi', ladder: 'theme' }), `field-opened ${F}.raw`, `field-closed ${F}.raw`),
  example(field('raw', { role: 'identifier', kind: 'other' }), `identifier-named ${F}.raw`, `identifier-lost ${F}.raw`),
  example(field('raw', { role: 'constant', value: 'x' }), `constant-named ${F}.raw`, `constant-lost ${F}.raw`),
  example(field('raw', null), `field-gone ${F}.raw`, `field-known ${F}.raw`),
  example(field('raw.below', { role: 'quasi', ladder: 'theme' }), `field-opened ${F}."raw.below"`, `field-closed ${F}."raw.below"`),
  twice(field('raw.below', { role: 'drop' }), `restated ${F}."raw.below"`),
  example(field('eventId', { role: 'quasi', ladder: 'theme' }), [`identifier-lost ${F}.eventId`, `field-opened ${F}.eventId`], `field-closed ${F}.eventId`),
  example(field('eventId', null), `identifier-lost ${F}.eventId`, `field-known ${F}.eventId`),
  twice(field('eventId', { role: 'identifier', kind: 'other' }), `identifier-kind ${F}.eventId.kind`),
  twice(field('gatewayId.below', { role: 'identifier', kind: 'mac' }), `identifier-kind ${F}."gatewayId.below"`),
  example(field('eventId', { role: 'identifier', kind: 'event-id', optional: true }), `optional-allowed ${F}.eventId.optional`, `optional-refused ${F}.eventId.optional`),
  twice(field('eventId', { role: 'identifier', kind: 'event-id', optional: false }), `restated ${F}.eventId.optional`),
  example(field('channel', { role: 'quasi', ladder: 'theme' }), [`constant-lost ${F}.channel`, `field-opened ${F}.channel`], [`field-closed ${F}.channel`, `constant-named ${F}.channel`]),
  twice(field('channel', { role: 'constant', value: 'away' }), `constant-changed ${F}.channel.value`),
  example(field('sensors', { role: 'sensitive', ladder: 'sensors' }), [`field-uncounted ${F}.sensors`], `field-unguarded ${F}.sensors`),
  twice(field('settings.theme', { role: 'quasi', ladder: 'result' }), `field-ladder ${F}."settings.theme".ladder`),
  example(place2, [...RESTATED_PLACE, 'ladder-added ladders.place2'], [...RESTATED_PLACE, 'ladder-removed ladders.place2']),
  twice((p) => { field('settings.theme', { role: 'quasi', ladder: 'theme', as: 'look' })(p, filesOf()); p.views['looks'].path = [{ look: 'theme', os: 'major' }, { look: 'theme', os: 'family' }, { look: '*', os: 'family' }]; }, [`attribute-renamed ${F}."settings.theme".as`, 'restated views.looks.path']),
  example(field('result', { role: 'sensitive', ladder: 'result', revealing: [] }), `revealing-removed ${F}.result.revealing`, `revealing-added ${F}.result.revealing`),
  twice(field('os.name', { role: 'quasi', ladder: 'os', as: 'os', axis: 'version' }), [`attribute-regrouped ${F}."os.name".axis`, 'attribute-added views.looks.path', 'attribute-removed views.looks.path']),
]; // biome-ignore format: a table

const LADDERS = [
  example((p) => { p.ladders['more'] = { buckets: [1] }; }, 'ladder-added ladders.more', 'ladder-removed ladders.more'),
  twice((p) => { p.ladders['duration'] = { count: [100] }; }, 'ladder-technique ladders.duration'),
  example((p) => { p.ladders['duration'] = { buckets: [100, 500, 1000, 10000] }; }, 'edge-added ladders.duration.buckets', 'edge-removed ladders.duration.buckets'),
  example((p) => { p.ladders['sensors'] = { count: [1, 4] }; }, 'edge-removed ladders.sensors.count', 'edge-added ladders.sensors.count'),
  example((p) => { p.ladders['time'] = { time: ['6h', 'day', 'week'] }; }, 'ladder-level-removed ladders.time.time', 'ladder-level-added ladders.time.time'),
  example((p) => { p.ladders['place'] = { h3: [6, 5, 4, 3] }; }, 'ladder-level-added ladders.place.h3', 'ladder-level-removed ladders.place.h3'),
  example((p) => { p.ladders['os'] = { version: ['major', 'family'] }; }, 'ladder-level-removed ladders.os.version', 'ladder-level-added ladders.os.version'),
  example((p) => { p.ladders['os'] = { version: ['major.minor', 'major', 'family'], families: ['ios', 'linux'] }; }, 'word-added ladders.os.families', 'word-removed ladders.os.families', (p) => { p.ladders['os'] = { version: ['major.minor', 'major', 'family'], families: ['ios'] }; }),
  twice((p) => { p.ladders['os'] = { version: ['major.minor', 'major', 'family'], families: ['ios'] }; }, 'word-added ladders.os.families'),
  example((p) => { p.ladders['tongue'] = { language: ['tag', 'top'], top: ['en', 'de'] }; }, ['ladder-level-added ladders.tongue.language', 'word-added ladders.tongue.top'], ['ladder-level-removed ladders.tongue.language', 'word-removed ladders.tongue.top'], (p) => { p.ladders['tongue'] = { language: ['top'], top: ['en'] }; }),
  twice((_, files) => { files.texts['ip table, v4'] = 'b'; }, 'addresses-changed ladders.net.ip', (p, files) => { p.ladders['net'] = { ip: ['region', 'country'] }; files.texts['ip table, v4'] = 'a'; }),
  example((p) => { p.ladders['net'] = { ip: ['region', 'country'] }; }, 'ladder-level-added ladders.net.ip', 'ladder-level-removed ladders.net.ip', (p) => { p.ladders['net'] = { ip: ['country'] }; }),
]; // biome-ignore format: a table

const TABLE = 'ladders.model.table';
const rows =
  (...list: string[][]): Example['edit'] =>
  (_, files) => {
    files.tables['model.csv'] = { ...files.tables['model.csv'], rows: list };
  };
const rest =
  (...row: string[]): Example['edit'] =>
  (_, files) => {
    files.tables['model.csv'] = { ...files.tables['model.csv'], rest: row };
  };
const [M1, M2, M3, M4] = [['m1', 's1', 'b1'], ['m2', 's1', 'b1'], ['m3', 's2', 'b1'], ['m4', 's3', 'b2']]; // biome-ignore format: a row

const TABLES = [
  example(rows(M1, M2, M3, M4, ['m5', 's3', 'b2']), `value-listed ${TABLE}`, `value-unlisted ${TABLE}`),
  example(rows(M1, ['m2', 's9', 'b1'], M3, M4), `values-split ${TABLE}`, `values-merged ${TABLE}`),
  twice(rows(M1, ['m2', 's2', 'b1'], M3, M4), `values-moved ${TABLE}`),
  twice(rows(M1, M2, M3, ['m4', 's4', 'b2']), `values-renamed ${TABLE}`),
  example(rest('*', 'unknown', 'others'), `unlisted-finer ${TABLE}`, `unlisted-coarser ${TABLE}`),
  example(rest('*', '', 'b2'), `values-merged ${TABLE}`, `values-split ${TABLE}`),
  twice(rows(M4, M3, M2, M1), `restated ${TABLE}`),
  example((_, files) => { files.tables['model.csv'] = { levels: ['model', 'brand'], rows: [['m1', 'b1'], ['m2', 'b1'], ['m3', 'b1'], ['m4', 'b2']], rest: ['*', 'others'] }; }, `ladder-level-removed ${TABLE}`, `ladder-level-added ${TABLE}`),
  twice((p, files) => { p.ladders['model'] = { table: 'moved.csv' }; files.tables['moved.csv'] = files.tables['model.csv']; }, `restated ${TABLE}`),
  // A file that nobody could read is judged by nobody.
  twice((p) => { p.ladders['model'] = { table: 'lost.csv' }; }, `changed ${TABLE}`),
]; // biome-ignore format: a table

const directory =
  (more: object): Example['edit'] =>
  (p) => {
    p.datasets = { directory: { guards: ['usage'], columns: { model: { attribute: 'model' } }, kMap: 20, maxAge: '7d', ...more } };
  };
const BASE_DATASET = directory({});
const D = 'datasets.directory';
const officer =
  (more: object): Example['edit'] =>
  (p) => {
    p.signers = { officer: { key: 'a', may: ['consent'], ...more } };
  };
const BASE_SIGNER = officer({});

const REGISTERS = [
  example(BASE_DATASET, `dataset-added ${D}`, `dataset-removed ${D}`),
  example(directory({ guards: ['usage', 'looks'] }), `guard-added ${D}.guards`, `guard-removed ${D}.guards`, BASE_DATASET),
  example(directory({ kMap: 12 }), `kmap-lowered ${D}.kMap`, `kmap-raised ${D}.kMap`, BASE_DATASET),
  example(directory({ maxAge: '30d' }), `dataset-older ${D}.maxAge`, `dataset-fresher ${D}.maxAge`, BASE_DATASET),
  // Without a number of its own it is the k of the views that it guards.
  twice(directory({ kMap: undefined }), `restated ${D}.kMap`, BASE_DATASET),
  example((p) => { directory({ kMap: undefined, guards: ['usage', 'presence'] })(p, filesOf()); }, `kmap-raised ${D}.kMap`, `kmap-lowered ${D}.kMap`, directory({ guards: ['usage', 'presence'] })),
  example(directory({ kMap: 30 }), `kmap-raised ${D}.kMap`, `kmap-lowered ${D}.kMap`, directory({ kMap: undefined })),
  twice(directory({ kMap: 30, guards: ['nothing'] }), `changed ${D}.kMap`, directory({ kMap: undefined, guards: ['nothing'] })),
  // What nobody here judges.
  twice(directory({ person: ['model'] }), `changed ${D}.person`, BASE_DATASET),
  twice(directory({ columns: { model: { attribute: 'series' } } }), `changed ${D}.columns.model.attribute`, BASE_DATASET),
  twice(directory({ later: 1 }), `changed ${D}.later`, BASE_DATASET),
  example((p) => { officer({ may: ['consent', 'dataset'] })(p, filesOf()); }, ['index-signed datasets', 'right-added signers.officer.may'], ['index-unsigned datasets', 'right-removed signers.officer.may'], (p) => { directory({})(p, filesOf()); officer({})(p, filesOf()); }),
  example(BASE_SIGNER, 'signer-added signers.officer', 'signer-removed signers.officer'),
  twice(officer({ key: 'b' }), 'signer-key signers.officer.key', BASE_SIGNER),
  example(officer({ may: ['consent', 'erasure'] }), 'right-added signers.officer.may', 'right-removed signers.officer.may', BASE_SIGNER),
]; // biome-ignore format: a table

export const EXAMPLES: readonly Example[] = [
  ...SETTINGS,
  ...VIEWS,
  ...JOINS,
  ...PATHS,
  ...EVENTS,
  ...ROUTES,
  ...FIELDS,
  ...LADDERS,
  ...TABLES,
  ...REGISTERS,
];
