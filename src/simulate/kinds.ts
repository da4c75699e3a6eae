/** Kinds of device: what they have in common whatever the ladder calls their category. */
export interface Kind {
  readonly name: string;
  /** Which category names belong to it. */
  readonly match: RegExp;
  /** Which operations it has beside those that all have: words of their group, name and area. */
  readonly does: RegExp;
  /** Share among the first device of a household, and among the further ones; relative. */
  readonly first: number;
  readonly further: number;
  /** Use by local hour, one digit an hour from midnight; 9 is the busiest. */
  readonly rhythm: string;
  /** Goes where its owner goes. */
  readonly mobile: boolean;
  /** MB of memory that models of this kind have. */
  readonly ram: readonly number[];
  /** Screens; empty when it has none. */
  readonly screens: readonly string[];
  readonly sensors: readonly string[];
  readonly permissions: readonly string[];
  /** Settings and their values, commonest first. */
  readonly settings: Readonly<Record<string, readonly string[]>>;
}

const COMMON = { autoUpdate: ['on', 'on', 'on', 'off'], diagnostics: ['on', 'on', 'off'], timeFormat: ['24h', '24h', '12h'] };
const SCREEN = {
  theme: ['system', 'dark', 'light'],
  brightness: ['60', '40', '80', '100', '20'],
  fontScale: ['1.0', '1.0', '1.15', '1.3'],
};
const NO_SENSORS: readonly string[] = [];

/** Order matters: the first match wins, so narrow names come before broad ones. */
export const KINDS: readonly Kind[] = [
  {
    name: 'car',
    match: /\b(car|cars|vehicles?|automotive|chargers?|ev)\b/,
    does: /\b(car|vehicle|charging|driving|navigation)\b/,
    first: 1,
    further: 3,
    rhythm: '100001489643344566875321',
    mobile: true,
    ram: [4096, 8192, 16384],
    screens: ['1920x720', '1920x1200'],
    sensors: ['gps', 'accelerometer', 'gyroscope', 'temperature'],
    permissions: ['location', 'microphone', 'contacts'],
    settings: { ...COMMON, ...SCREEN, units: ['metric', 'metric', 'imperial'], driveMode: ['normal', 'eco', 'sport'] },
  },
  {
    name: 'wearable',
    match: /\b(wearables?|watch|watches|smartwatch|bands?|trackers?|rings?|fitness)\b/,
    does: /\b(workout|wellbeing|heart|sleep|fitness|health)\b/,
    first: 4,
    further: 12,
    rhythm: '211112578887778778998653',
    mobile: true,
    ram: [16, 512, 1024, 2048],
    screens: ['466x466', '396x484', '194x368', '336x480'],
    sensors: ['accelerometer', 'gyroscope', 'heart-rate', 'gps', 'barometer'],
    permissions: ['notifications', 'body-sensors', 'activity', 'location'],
    settings: { ...COMMON, brightness: ['60', '80', '100'], alwaysOn: ['off', 'on'], goal: ['8000', '10000', '6000', '12000'] },
  },
  {
    name: 'tablet',
    match: /\b(tablets?|readers?)\b/,
    does: /\b(media|playback|volume)\b/,
    first: 2,
    further: 5,
    rhythm: '321111223344445566789986',
    mobile: false,
    ram: [3072, 4096, 6144, 8192],
    screens: ['1920x1200', '2000x1200', '2360x1640', '2560x1600'],
    sensors: ['accelerometer', 'gyroscope', 'light'],
    permissions: ['notifications', 'storage', 'camera', 'microphone', 'location'],
    settings: { ...COMMON, ...SCREEN, childMode: ['off', 'off', 'off', 'on'] },
  },
  {
    name: 'phone',
    match: /\b(phones?|smartphones?|mobiles?|handsets?)\b/,
    does: /\b(media|playback|volume|voice|workout|automation)\b/,
    first: 66,
    further: 14,
    rhythm: '532111467777788877899987',
    mobile: true,
    ram: [3072, 4096, 6144, 8192, 12288, 16384],
    screens: ['1080x2400', '1170x2532', '1179x2556', '1440x3120', '720x1600', '1290x2796'],
    sensors: ['accelerometer', 'gyroscope', 'magnetometer', 'light', 'proximity', 'gps', 'barometer'],
    permissions: ['notifications', 'camera', 'microphone', 'location', 'contacts', 'storage', 'nearby-devices', 'phone'],
    settings: { ...COMMON, ...SCREEN, darkMode: ['auto', 'on', 'off'], nfc: ['on', 'off'], dnd: ['off', 'on'] },
  },
  {
    name: 'tv',
    match: /\b(tvs?|televisions?|streaming|set top|projectors?|displays?)\b/,
    does: /\b(tv|media|playback|volume|source|channel)\b/,
    first: 8,
    further: 12,
    rhythm: '421111223333444556789985',
    mobile: false,
    ram: [1024, 1536, 2048, 3072, 4096],
    screens: ['3840x2160', '1920x1080', '7680x4320'],
    sensors: ['light'],
    permissions: ['network', 'microphone', 'viewing-data'],
    settings: { ...COMMON, picture: ['standard', 'vivid', 'movie', 'game'], hdr: ['on', 'off'], energySaving: ['on', 'off'] },
  },
  {
    name: 'speaker',
    match: /\b(speakers?|soundbars?|audio|headphones?|earbuds?|players?)\b/,
    does: /\b(playback|volume|voice|music|audio)\b/,
    first: 5,
    further: 11,
    rhythm: '211112576555556667888653',
    mobile: false,
    ram: [256, 512, 1024, 2048],
    screens: [],
    sensors: ['microphone'],
    permissions: ['network', 'microphone', 'voice-history'],
    settings: { ...COMMON, volume: ['40', '30', '50', '60', '20'], equaliser: ['flat', 'bass', 'voice'], wakeWord: ['on', 'off'] },
  },
  {
    name: 'light',
    match: /\b(lights?|lighting|lamps?|bulbs?|led|dimmers?)\b/,
    does: /\b(lights?|lighting|brightness|color|scene)\b/,
    first: 2,
    further: 15,
    rhythm: '211113687432223457999864',
    mobile: false,
    ram: [1, 2],
    screens: [],
    sensors: NO_SENSORS,
    permissions: ['network'],
    settings: { ...COMMON, powerOn: ['last', 'on', 'off'], transition: ['400', '0', '1000'], colorTemp: ['2700', '4000', '2200', '6500'] },
  },
  {
    name: 'lock',
    match: /\b(locks?|keypads?)\b/,
    does: /\b(locks?|access|pin)\b/,
    first: 1,
    further: 3,
    rhythm: '100001487443344567875321',
    mobile: false,
    ram: [1, 2, 4],
    screens: [],
    sensors: ['contact', 'accelerometer'],
    permissions: ['network', 'bluetooth'],
    settings: { ...COMMON, autoLock: ['30', '60', 'off', '300'], sound: ['on', 'off'] },
  },
  {
    name: 'camera',
    match: /\b(cameras?|doorbells?|surveillance)\b/,
    does: /\b(video|recording|doorbell|camera)\b/,
    first: 2,
    further: 6,
    rhythm: '333333556555555666766544',
    mobile: false,
    ram: [64, 128, 256, 512],
    screens: [],
    sensors: ['motion', 'microphone', 'light'],
    permissions: ['network', 'camera', 'microphone', 'cloud-storage'],
    settings: { ...COMMON, nightVision: ['auto', 'on', 'off'], motion: ['medium', 'high', 'low'], resolution: ['1080p', '2k', '4k'] },
  },
  {
    name: 'climate',
    match: /\b(climate|thermostats?|heating|heaters?|radiators?|hvac|air|conditioners?|purifiers?|fans?|humidifiers?)\b/,
    does: /\b(climate|temperature|heating|humidity|fan|purifier)\b/,
    first: 1,
    further: 6,
    rhythm: '432223687543334567887654',
    mobile: false,
    ram: [1, 2, 64, 128],
    screens: ['240x240', '480x480'],
    sensors: ['temperature', 'humidity'],
    permissions: ['network', 'presence'],
    settings: { ...COMMON, mode: ['heat', 'auto', 'cool', 'off'], target: ['21', '20', '22', '19', '23'], childLock: ['off', 'on'] },
  },
  {
    name: 'vacuum',
    match: /\b(vacuums?|robots?|mops?|mowers?|cleaners?)\b/,
    does: /\b(cleaning|vacuum|dock|suction)\b/,
    first: 1,
    further: 4,
    rhythm: '000001258898776554321100',
    mobile: false,
    ram: [256, 512, 1024],
    screens: [],
    sensors: ['lidar', 'bumper', 'cliff', 'camera'],
    permissions: ['network', 'map', 'camera'],
    settings: { ...COMMON, suction: ['standard', 'quiet', 'turbo'], voice: ['on', 'off'], carpetBoost: ['on', 'off'] },
  },
  {
    name: 'appliance',
    match: /\b(appliances?|fridges?|refrigerators?|washers?|washing|dryers?|dishwashers?|ovens?|coffee|kettles?)\b/,
    does: /\b(kitchen|cooking|laundry|washing|appliance)\b/,
    first: 2,
    further: 6,
    rhythm: '211112476545554567876432',
    mobile: false,
    ram: [16, 64, 512, 2048],
    screens: ['800x480', '1080x1920'],
    sensors: ['temperature', 'door', 'water'],
    permissions: ['network', 'energy-data'],
    settings: { ...COMMON, eco: ['on', 'off'], childLock: ['off', 'on'], tone: ['on', 'off'] },
  },
  {
    name: 'hub',
    match: /\b(hubs?|gateways?|routers?|bridges?|mesh|network|access point)\b/,
    does: /\b(network|routing)\b/,
    first: 3,
    further: 4,
    rhythm: '222222222222222222222222',
    mobile: false,
    ram: [128, 256, 512, 1024],
    screens: [],
    sensors: NO_SENSORS,
    permissions: ['network', 'remote-access'],
    settings: { ...COMMON, guestNetwork: ['off', 'on'], channel: ['auto', '1', '6', '11'], wps: ['off', 'on'] },
  },
  {
    name: 'plug',
    match: /\b(plugs?|switch|switches|outlets?|sockets?|relays?|meters?|buttons?|remotes?|controllers?)\b/,
    does: /\b(power|energy|metering|plug|switch)\b/,
    first: 1,
    further: 8,
    rhythm: '322223566544445567888754',
    mobile: false,
    ram: [1, 2, 4],
    screens: [],
    sensors: ['power'],
    permissions: ['network', 'energy-data'],
    settings: { ...COMMON, powerOn: ['last', 'off', 'on'], led: ['on', 'off'] },
  },
  {
    name: 'blind',
    match: /\b(blinds?|covers?|curtains?|shades?|shutters?|garage)\b/,
    does: /\b(covers?|blinds?|curtains?|garage)\b/,
    first: 0.5,
    further: 3,
    rhythm: '000002687332222357864210',
    mobile: false,
    ram: [1, 2],
    screens: [],
    sensors: ['position'],
    permissions: ['network'],
    settings: { ...COMMON, speed: ['normal', 'quiet'], direction: ['normal', 'reversed'] },
  },
  {
    // Sensors, and whatever nobody foresaw: steady, small, without people's habits.
    name: 'sensor',
    match: /./,
    does: /\b(alarms?|sirens?)\b/,
    first: 1,
    further: 8,
    rhythm: '111111111111111111111111',
    mobile: false,
    ram: [1, 2],
    screens: [],
    sensors: ['temperature', 'humidity', 'motion', 'contact', 'water', 'smoke'],
    permissions: ['network'],
    settings: { ...COMMON, interval: ['300', '60', '600', '3600'], sensitivity: ['medium', 'high', 'low'], led: ['on', 'off'] },
  },
];

/** Words of a name, so that `smart_light`, `SmartLight` and `smart-light` match alike. */
const words = (text: string): string =>
  text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_./:-]+/g, ' ')
    .toLowerCase();

/** The kind that a category belongs to; the last kind takes what no other does. */
export const kindOf = (category: string): Kind => KINDS.find((kind) => kind.match.test(words(category))) ?? KINDS[KINDS.length - 1];

/** Whether an operation is one of a kind's own, by the words of its names; its group says more than its area. */
export function does(kind: Kind, row: { readonly operation: string; readonly group: string; readonly area: string }): boolean {
  const narrow = words(`${row.group} ${row.operation}`);
  if (KINDS.some((any) => any.does.test(narrow))) return kind.does.test(narrow);
  return kind.does.test(words(row.area));
}

/** How busy `kind` is at a local hour, 0 to 1. */
export const habit = (kind: Kind, localHour: number): number => (kind.rhythm.charCodeAt(localHour) - 48 + 0.5) / 9.5;
