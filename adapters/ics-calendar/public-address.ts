/** IPv4 networks that are not on the public internet, and one address on it that is a cloud's own metadata service. */
const closedV4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

function parseV4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  let value = 0;
  for (const part of match.slice(1)) {
    // A leading zero means octal to some.
    if (Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return undefined;
    value = value * 256 + Number(part);
  }
  return value;
}

const sharesPrefix = (a: number, b: number, bits: number): boolean =>
  Math.floor(a / 2 ** (32 - bits)) === Math.floor(b / 2 ** (32 - bits));

function isPublicV4(value: number): boolean {
  return !closedV4.some(([network, bits]) => sharesPrefix(value, parseV4(network) ?? 0, bits));
}

/** The eight groups. An IPv4 address at the end is taken as two. */
function parseV6(text: string): readonly number[] | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  const v4 = tail?.[2] === undefined ? undefined : parseV4(tail[2]);
  if (tail !== null && v4 === undefined) return undefined;
  const hex =
    v4 === undefined
      ? text
      : `${tail?.[1]}${Math.floor(v4 / 65_536).toString(16)}:${(v4 % 65_536).toString(16)}`;
  const halves = hex.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const [head = [], rest] = halves;
  const missing = 8 - head.length - (rest?.length ?? 0);
  if (halves.length > 2 || (rest === undefined ? missing !== 0 : missing < 1)) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...(rest ?? [])];
  return groups.every((group) => /^[\da-f]{1,4}$/i.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : undefined;
}

const pair = (high = 0, low = 0): number => high * 65_536 + low;

function isPublicV6(groups: readonly number[]): boolean {
  const [a = 0, b = 0, c] = groups;
  const isZero = (from: number, to: number): boolean => groups.slice(from, to).every((group) => group === 0);
  // IPv4 in other clothes: mapped, by NAT64, by 6to4. It leads where the IPv4 address leads.
  if (isZero(0, 5) && groups[5] === 0xffff) return isPublicV4(pair(groups[6], groups[7]));
  if (a === 0x64 && b === 0xff9b && isZero(2, 6)) return isPublicV4(pair(groups[6], groups[7]));
  if (a === 0x2002) return isPublicV4(pair(b, c));
  // Global unicast, without what is set aside in it: 2001::/23 (with Teredo), two networks of documentation.
  if (a < 0x2000 || a > 0x3fff) return false;
  return !((a === 0x2001 && (b < 0x200 || b === 0xdb8)) || (a === 0x3fff && b < 0x1000));
}

/**
 * Whether an IP address, as a resolver writes it, lies on the public internet: not private, loopback, link-local, shared by a
 * carrier, multicast, set aside, a cloud's metadata service, or an IPv6 form of one of those. False for what is no address.
 */
export function isPublicAddress(address: string): boolean {
  const v4 = parseV4(address);
  if (v4 !== undefined) return isPublicV4(v4);
  const v6 = parseV6(address);
  return v6 !== undefined && isPublicV6(v6);
}

/** 127.0.0.0/8 and ::1. */
export function isLoopbackAddress(address: string): boolean {
  const v4 = parseV4(address);
  if (v4 !== undefined) return sharesPrefix(v4, 0x7f000000, 8);
  const v6 = parseV6(address);
  return v6?.every((group, at) => group === (at === 7 ? 1 : 0)) ?? false;
}
