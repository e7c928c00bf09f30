import { inflateSync } from 'node:zlib';

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** How many pixels of a rectangle are of this colour, `#rrggbb`; without one, of the whole picture. */
  count(colour: string, area?: Area): number;
  readonly isOpaque: boolean;
}

export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function paeth(left: number, up: number, upLeft: number): number {
  const guess = left + up - upLeft;
  const [dl, du, dul] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - upLeft)];
  if (dl <= du && dl <= dul) return left;
  return du <= dul ? up : upLeft;
}

/** Reads the one kind of PNG that the rasteriser writes: 8 bits, RGBA, not interlaced. Throws on any other. */
export function readPng(png: Uint8Array): Pixels {
  const bytes = Buffer.from(png);
  if (!signature.every((byte, index) => bytes[index] === byte)) throw new Error('no PNG signature');
  const parts: Buffer[] = [];
  let header: Buffer | undefined;
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') header = data;
    if (type === 'IDAT') parts.push(data);
    at += 12 + length;
  }
  if (header?.subarray(8, 13).toString('hex') !== '0806000000') throw new Error('not plain RGBA');
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * 4;
  const pixels = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)];
    for (let x = 0; x < stride; x += 1) {
      const left = x < 4 ? 0 : pixels[y * stride + x - 4]!;
      const up = y === 0 ? 0 : pixels[(y - 1) * stride + x]!;
      const upLeft = x < 4 || y === 0 ? 0 : pixels[(y - 1) * stride + x - 4]!;
      const added = [0, left, up, (left + up) >> 1, paeth(left, up, upLeft)][filter ?? -1];
      if (added === undefined) throw new Error('unknown filter');
      pixels[y * stride + x] = raw[y * (stride + 1) + 1 + x]! + added;
    }
  }
  return {
    width,
    height,
    count(colour, area = { left: 0, top: 0, right: width, bottom: height }) {
      const wanted = Number.parseInt(`${colour.slice(1)}ff`, 16);
      let found = 0;
      for (let y = area.top; y < area.bottom; y += 1) {
        for (let x = area.left; x < area.right; x += 1) {
          if (pixels.readUInt32BE(y * stride + x * 4) === wanted) found += 1;
        }
      }
      return found;
    },
    isOpaque: pixels.every((byte, index) => index % 4 !== 3 || byte === 255),
  };
}
