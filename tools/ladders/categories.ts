/** Which category of device a model belongs to, told from its name, description and abilities. '' when they do not say. */

/** The first line that matches wins: narrow words come before broad ones. */
const firstOf = (rules: readonly (readonly [string, RegExp])[], text: string): string =>
  rules.find(([, words]) => words.test(text))?.[0] ?? '';

const APPLE: readonly (readonly [string, RegExp])[] = [
  ['phone', /^iPhone/],
  ['tablet', /^iPad/],
  ['watch', /Watch/],
  ['tv', /^Apple TV/],
  ['speaker', /^HomePod/],
  ['headphones', /^AirPods/],
  ['tracker', /^AirTag/],
  ['player', /^iPod/],
];

export const appleCategory = (name: string): string => firstOf(APPLE, name);

const ANDROID: readonly (readonly [string, RegExp])[] = [
  ['watch', /\bwatch|wear\b|\bSM-R[78]/i],
  ['tv', /\b(smart ?tv|android ?tv|google ?tv|tv|uhd|oled|bravia|chromecast|set.?top|stb|box|shield|projector|aft[a-z]{1,2})\b|_tv|tv_/i],
  [
    'tablet',
    /\bSM-[TPX]\d|\bGT-[PN]\d{4}|\bSHT-|tab\b|tab[ _-]|\btablet|[a-z]?pad\b|pad[ _-]|\bslate\b|\bkf[a-z]{3,}|\bnexus (7|9|10)\b|pixel (c|tablet)\b|yoga/i,
  ],
];

export const androidCategory = (model: string, name: string): string => firstOf(ANDROID, `${name} | ${model}`) || 'phone';

const ZIGBEE: readonly (readonly [string, RegExp])[] = [
  ['sensor', /\b(sensor|detector|thermometer|hygrometer|motion|occupancy|presence|leak|air quality|monitor)\b/i],
  ['lock', /\b(door|smart|electronic|key|deadbolt|cylinder)?[ -]?(lock|deadbolt)\b/i],
  ['cover', /\b(curtains?|blinds?|shades?|shutters?|awning|garage|roller|covers?|window opener)\b/i],
  ['thermostat', /\b(thermostats?|thermostatic|trv|radiators?|heaters?|heating|hvac|air condition\w*|fan coil|climate|ac controller)\b/i],
  ['siren', /\b(siren|alarm|chime)\b/i],
  ['valve', /\b(valve|irrigation|sprinkler|water timer)\b/i],
  ['fan', /\b(fan|ventilat\w*|purifier)\b/i],
  ['plug', /\b(plugs?|outlets?|sockets?|power strip)\b/i],
  ['meter', /\b(meter|metering|energy|din.?rail|clamp)\b/i],
  ['remote', /\b(remote|button|knob|keypad|controller (?:with|for) scene|scene|wireless switch|dial|cube|fob|key)\b/i],
  ['hub', /\b(repeater|router|gateway|coordinator|bridge|extender|hub)\b/i],
  ['switch', /\b(switch(es)?|relays?|dimmers?|dimming|actuator|module|driver|gang|controllers?)\b/i],
  [
    'light',
    /\b(bulbs?|lights?|lamps?|leds?|spots?|luminaire|candle|strip|filament|downlights?|pendant|ceiling|lantern|chandelier|e27|e14|e26|gu10|hue|lightstrip|floodlight|spotlight|sconce|bollard|pedestal)\b/i,
  ],
];

/** The abilities that a model exposes decide where its description does not. */
const EXPOSES: readonly (readonly [string, RegExp])[] = [
  ['lock', /\block\b/],
  ['thermostat', /\bclimate\b/],
  ['cover', /\bcover\b/],
  ['light', /\blight\b/],
  ['sensor', /\b(occupancy|contact|water_leak|smoke|gas|temperature|illuminance|presence)\b/],
  ['switch', /\bswitch\b/],
  ['remote', /\baction\b/],
];

export const zigbeeCategory = (description: string, exposes: readonly string[]): string =>
  firstOf(ZIGBEE, description) || firstOf(EXPOSES, exposes.join(' '));
