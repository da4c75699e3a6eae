/** What the samples of gateways have in common: thirty homes with two devices each, one hour, and ids that nobody has. */
export const HOMES = 30;
export const START_MS = Date.UTC(2026, 0, 5, 8);

/** Twenty-four homes are alike, and six are not: too few to be a class of their own. */
export const isCommon = (home: number): boolean => home < 24;

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** A number that looks drawn, the same every time (a round of MurmurHash3's finaliser). */
const mixed = (value: number): number => {
  const once = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  return (once ^ (once >>> 13)) >>> 0;
};

export const homeId = (home: number): string => `home-${hex(mixed(home * 2 + 1), 8)}`;
export const deviceId = (home: number, device: number): string => `dev-${hex(mixed(home * 16 + device + 4096), 8)}${hex(home, 2)}`;
export const gatewayId = (home: number): string => `gw-${hex(mixed(home + 70_000), 8)}`;
/** An address of the range for documentation (RFC 9542, section 2.1.2: 00-00-5E-00-53). */
export const macOf = (home: number, device: number): string => `00:00:5e:00:53:${hex(home * 4 + device, 2)}`;
/** EUI-64 of the same range. */
export const ieeeOf = (home: number, device: number): string => `0x00005efffe0053${hex(home * 4 + device, 2)}`;
/** RFC 5737, TEST-NET-2. */
export const ipOf = (home: number): string => `198.51.100.${home + 10}`;
export const uuidOf = (home: number, device: number): string =>
  `${hex(mixed(home + 9000), 8)}-${hex(device, 4)}-4000-8000-${hex(mixed(home * 3 + device), 12)}`;

export interface Members {
  readonly topic: string;
  readonly key: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: unknown;
}

/** Envelope lines: partition 0 of each topic, offsets and append times rising. */
export const createLog = () => {
  const lines: string[] = [];
  const offsets = new Map<string, number>();
  return {
    add({ topic, key, headers, value }: Members): void {
      const offset = offsets.get(topic) ?? 0;
      offsets.set(topic, offset + 1);
      const timestamp = START_MS + 60_000 + lines.length * 1000;
      lines.push(JSON.stringify({ topic, partition: 0, offset, timestamp, key, headers, value }));
    },
    /** Time of the next record, ms. */
    nowMs: () => START_MS + 60_000 + lines.length * 1000,
    text: () => `${lines.join('\n')}\n`,
  };
};

/** Calls `report` for each device of each home. */
export const eachDevice = (report: (home: number, device: number) => void): void => {
  for (let home = 0; home < HOMES; home++) for (let device = 0; device < 2; device++) report(home, device);
};
