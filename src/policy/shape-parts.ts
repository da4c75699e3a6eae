import { Type } from '@sinclair/typebox';

/** What the shapes of a policy are put together from. */
export const closed = { additionalProperties: false };
export const closedAs = (description: string) => ({ ...closed, description });
export const text = (description: string) => Type.String({ minLength: 1, description });
export const duration = (description: string) => Type.String({ pattern: '^[1-9][0-9]*(ms|s|m|h|d|w)$', description });

export const IDENTIFIER_KINDS = [
  'device-id',
  'account-id',
  'household-id',
  'gateway-id',
  'event-id',
  'session-id',
  'user-id',
  'mac',
  'bssid',
  'ssid',
  'bluetooth',
  'device-name',
  'imei',
  'serial',
  'advertising-id',
  'phone',
  'email',
  'ip',
  'position',
  'other',
] as const;

export const identifierKind = (description: string) =>
  Type.Union(
    IDENTIFIER_KINDS.map((kind) => Type.Literal(kind)),
    { description },
  );
