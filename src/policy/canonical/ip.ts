import ipaddr from 'ipaddr.js';
import { foldWithoutSpaces } from './fold.ts';

const V4 = /^(\d{1,9}\.\d{1,9}\.\d{1,9}\.\d{1,9})(?::\d{1,5})?$/;
const BRACKETED = /^\[([^\]]*)\](?::\d{1,5})?$/;

/**
 * An address as `ipaddr.js` sees it, or null. Leading zeros are decimal; a port, brackets and a zone id (RFC 4007) are
 * left out; an IPv4 address inside IPv6 (`::ffff:1.2.3.4`, RFC 4291, section 2.5.5.2) is that IPv4 address.
 */
export const parseIp = (text: string): ipaddr.IPv4 | ipaddr.IPv6 | null => {
  const folded = foldWithoutSpaces(text);
  const bare = (V4.exec(folded)?.[1] ?? BRACKETED.exec(folded)?.[1] ?? folded).replace(/%.*$/, '');
  const plain = bare.replace(/(^|[.:])0+(?=\d+(?:\.|$))/g, '$1');
  if (ipaddr.IPv4.isValidFourPartDecimal(plain)) return ipaddr.IPv4.parse(plain);
  if (!plain.includes(':') || !ipaddr.IPv6.isValid(plain)) return null;
  const address = ipaddr.IPv6.parse(plain);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
};

/** Canonical form of an IP address: RFC 5952 text, or four decimal numbers. What is no address is folded text. */
export const canonicalIp = (text: string): string => {
  const address = parseIp(text);
  if (address === null) return foldWithoutSpaces(text);
  return address.kind() === 'ipv6' ? (address as ipaddr.IPv6).toRFC5952String() : address.toString();
};
