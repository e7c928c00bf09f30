import { BinaryReader } from '@bufbuild/protobuf/wire';

const datumField = 3;
const datumKey = '"model_input"';

/** How many datums a training pass holds; nothing in them is read. */
export function countDatums(body: Buffer, mediaType: string): number {
  return mediaType.includes('protobuf') ? countFields(body) : countKeys(body);
}

function countFields(body: Buffer): number {
  const reader = new BinaryReader(body);
  let count = 0;
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === datumField) count += 1;
    reader.skip(type, field);
  }
  return count;
}

function countKeys(body: Buffer): number {
  let count = 0;
  for (let at = body.indexOf(datumKey); at !== -1; at = body.indexOf(datumKey, at + datumKey.length))
    count += 1;
  return count;
}
