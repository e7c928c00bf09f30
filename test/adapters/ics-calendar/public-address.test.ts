import { BlockList, isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isLoopbackAddress, isPublicAddress } from '../../../adapters/ics-calendar/public-address.ts';

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '93.184.216.34',
  '100.63.255.255',
  '100.128.0.0',
  '126.255.255.255',
  '128.0.0.1',
  '168.63.129.15',
  '169.253.255.255',
  '172.15.255.255',
  '172.32.0.0',
  '192.167.255.255',
  '192.169.0.0',
  '198.17.255.255',
  '198.20.0.0',
  '223.255.255.255',
  '2606:4700:4700::1111',
  '2001:4860:4860::8888',
  '2a00:1450:4001:82b::200e',
  '64:ff9b::808:808',
  '64:ff9b::8.8.8.8',
  '::ffff:8.8.8.8',
  '2002:808:808::1',
])('public: %s', (address) => {
  expect(isPublicAddress(address)).toBe(true);
});

test.each([
  // This host, private, loopback, link-local with the metadata services, shared by carriers.
  '0.0.0.0',
  '0.1.2.3',
  '10.0.0.1',
  '10.255.255.255',
  '100.64.0.1',
  '100.100.100.200',
  '100.127.255.255',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.169.254',
  '169.254.170.2',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '192.0.0.192',
  // Documentation, measuring, multicast, reserved, broadcast.
  '192.0.2.1',
  '192.88.99.1',
  '198.18.0.1',
  '198.19.255.255',
  '198.51.100.7',
  '203.0.113.7',
  '224.0.0.1',
  '239.255.255.255',
  '240.0.0.1',
  '255.255.255.255',
  // The same in IPv6.
  '::',
  '::1',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  '100::1',
  '2001::1',
  '2001:20::1',
  '2001:db8::1',
  '3fff::1',
  // IPv4 in other clothes.
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '0:0:0:0:0:ffff:a9fe:a9fe',
  '::127.0.0.1',
  '::7f00:1',
  '64:ff9b::10.0.0.1',
  '64:ff9b::a00:1',
  '64:ff9b:1::808:808',
  '2002:7f00:1::',
  '2002:a9fe:a9fe::1',
  // No addresses.
  '',
  'localhost',
  '127.1',
  '0177.0.0.1',
  '08.8.8.8',
  '134744072',
  '0x8080808',
  '8.8.8',
  '8.8.8.8.8',
  '8.8.8.256',
  ' 8.8.8.8',
  '[2606:4700:4700::1111]',
  '2606:4700:4700:::1111',
  '2606::4700::1',
  '2606:4700:4700:0:0:0:0:0:1111',
  '12345::1',
  'g::1',
])('not public: %s', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test('what Node takes for no address is not public, and each spelling of one is judged alike', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.ipV4Extended()), (text) => {
      if (!isIPv4(text) && !isIPv6(text)) expect(isPublicAddress(text)).toBe(false);
      if (isIPv6(text)) {
        expect(isPublicAddress(new URL(`http://[${text}]`).hostname.slice(1, -1))).toBe(
          isPublicAddress(text),
        );
      }
    }),
    { numRuns: 1_000 },
  );
});

test('agrees with the lists of Node on networks around their edges', () => {
  const closed = new BlockList();
  const networks = [
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['0.0.0.0', 8],
    ['224.0.0.0', 3],
  ] as const;
  for (const [network, bits] of networks) closed.addSubnet(network, bits);
  fc.assert(
    fc.property(fc.nat({ max: 0xffffffff }), (value) => {
      const address = [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
      if (closed.check(address)) expect(isPublicAddress(address)).toBe(false);
      expect(isPublicAddress(`::ffff:${address}`)).toBe(isPublicAddress(address));
    }),
    { numRuns: 2_000 },
  );
});

test('loopback is 127.0.0.0/8 and ::1 alone', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1']) {
    expect(isLoopbackAddress(address)).toBe(true);
  }
  for (const address of ['128.0.0.1', '126.0.0.1', '::', '::2', '1::1', '', 'localhost']) {
    expect(isLoopbackAddress(address)).toBe(false);
  }
});
