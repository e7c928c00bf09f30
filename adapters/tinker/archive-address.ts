import { BlockList, isIP } from 'node:net';
import { AppError } from '../../core/domain/app-error.ts';
import { badReply } from './json-codec.ts';

const privateRanges = new BlockList();
for (const [network, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
] as const) {
  privateRanges.addSubnet(network, bits, 'ipv4');
}
for (const [network, bits] of [
  ['::', 127],
  ['fc00::', 7],
  ['fe80::', 10],
] as const) {
  privateRanges.addSubnet(network, bits, 'ipv6');
}

/** As far as the name alone tells. */
function isPrivate(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  const version = isIP(name);
  if (version !== 0) return privateRanges.check(name, version === 4 ? 'ipv4' : 'ipv6');
  return !name.includes('.') || /\.(?:localhost|local|internal|lan|home\.arpa)$/.test(name);
}

/** Where the engine says that an archive lies, relative to the address that was asked; without that no relative one is known. */
function parsed(location: string, asked: string | undefined): URL {
  if (!URL.canParse(location, asked)) throw badReply('the archive has no usable address');
  return new URL(location, asked);
}

/**
 * The address to fetch an archive from. An engine must not send us to what only this machine and its neighbours can see, but
 * to itself. Throws `unsupported` where it names a file of its own disk, `bad_reply` for anything else that is not to be fetched.
 */
export function archiveAddress(
  location: string,
  { asked, host }: { readonly asked: string | undefined; readonly host: string },
): string {
  const url = parsed(location, asked);
  if (url.protocol === 'file:') {
    throw new AppError(
      'unsupported',
      `${host} keeps its archives as files of its own and gives none away. Copy the checkpoint there.`,
    );
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw badReply(`the archive lies at an address of the kind ${url.protocol}`);
  }
  if (url.host !== host && isPrivate(url.hostname)) {
    throw badReply(`the archive lies at ${url.host}, an address of a private network`);
  }
  return url.href;
}
