import type { IncomingMessage } from 'node:http';
import { zstdDecompressSync } from 'node:zlib';
import type { Traits } from './behaviours.ts';
import { refused } from './refusal.ts';
import { batchFromJson, batchFromProtobuf } from './wire-batch.ts';

export async function rawBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  return Buffer.concat(pieces);
}

function unpacked(raw: Buffer, encoding: string): Buffer {
  if (encoding === '' || encoding === 'identity') return raw;
  if (encoding !== 'zstd') throw refused(415, `Unsupported Content-Encoding: ${encoding}`);
  try {
    return zstdDecompressSync(raw);
  } catch (error) {
    throw refused(422, `failed to zstd-decompress request body: ${String(error)}`);
  }
}

function json(raw: Buffer): unknown {
  if (raw.length === 0) return undefined;
  try {
    return JSON.parse(raw.toString('utf8'));
  } catch {
    throw refused(422, 'the body is no JSON');
  }
}

function batchBody(raw: Buffer, mediaType: string, endpoint: string, traits: Traits): unknown {
  const isBinary = mediaType === 'application/x-protobuf' && endpoint === 'forward_backward';
  if (isBinary ? !traits.takesProtobuf : !traits.takesJson) {
    throw refused(415, `Unsupported Content-Type '${mediaType}'`);
  }
  if (!isBinary) {
    return batchFromJson(json(raw), endpoint === 'forward' ? 'forward_input' : 'forward_backward_input');
  }
  try {
    return batchFromProtobuf(raw);
  } catch (error) {
    throw refused(422, `Invalid protobuf request: ${String(error)}`);
  }
}

/** The body as the endpoint takes it; throws what the engine refuses it with. */
export function readRequestBody(
  raw: Buffer,
  headers: IncomingMessage['headers'],
  endpoint: string,
  traits: Traits,
): unknown {
  const plain = unpacked(raw, headers['content-encoding'] ?? '');
  const mediaType = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (endpoint === 'forward_backward' || endpoint === 'forward') {
    return batchBody(plain, mediaType, endpoint, traits);
  }
  if (plain.length > 0 && mediaType !== 'application/json') throw refused(415, `Unsupported '${mediaType}'`);
  return json(plain);
}
