import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { AppError } from '../../core/domain/app-error.ts';
import { toF32Bytes, toI32Bytes, toI64Bytes } from './little-endian.ts';
import type { Chunk, PassRequest, Tensor, WireDatum } from './wire.ts';

/** `DType` of the protocol. */
const FLOAT32 = 1;
const INT64 = 2;

function writeTensor(writer: BinaryWriter, { data, shape, sparse }: Tensor): void {
  const values = data instanceof Int32Array ? toI64Bytes(data) : toF32Bytes(data);
  if (sparse === undefined) writer.tag(1, WireType.LengthDelimited).bytes(values);
  else {
    writer.tag(2, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).bytes(values);
    writer.tag(2, WireType.LengthDelimited).bytes(toI64Bytes(sparse.crowIndices));
    writer.tag(3, WireType.LengthDelimited).bytes(toI64Bytes(sparse.columnIndices));
    writer.join();
  }
  writer.tag(3, WireType.Varint).int32(data instanceof Int32Array ? INT64 : FLOAT32);
  writer.tag(4, WireType.LengthDelimited).fork();
  for (const size of shape ?? [data.length]) writer.int64(size);
  writer.join();
}

function writeChunk(writer: BinaryWriter, chunk: Chunk): void {
  switch (chunk.type) {
    case 'encoded_text':
      writer.tag(1, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).bytes(toI32Bytes(chunk.tokens)).join();
      return;
    case 'image':
      writer.tag(2, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).bytes(chunk.data);
      writer.tag(2, WireType.LengthDelimited).string(chunk.format);
      if (chunk.expectedTokens !== undefined) writer.tag(3, WireType.Varint).int32(chunk.expectedTokens);
      writer.join();
      return;
    case 'dmel':
      writer.tag(3, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).bytes(chunk.data).join();
      return;
    case 'image_asset_pointer':
      throw new AppError('unsupported', 'Engines that take protobuf take images only with their bytes.');
  }
}

function writeDatum(writer: BinaryWriter, { chunks, lossInputs }: WireDatum): void {
  for (const chunk of chunks) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writeChunk(writer, chunk);
    writer.join();
  }
  for (const [name, tensor] of Object.entries(lossInputs)) {
    writer.tag(2, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(name);
    writer.tag(2, WireType.LengthDelimited).fork();
    writeTensor(writer, tensor);
    writer.join();
    writer.join();
  }
}

/** `ForwardBackwardRequest` of package tinker_public, proto3. */
export function passToProto(request: PassRequest): Uint8Array {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.LengthDelimited).string(request.modelId);
  writer.tag(2, WireType.Varint).int32(request.seqId);
  for (const datum of request.data) {
    writer.tag(3, WireType.LengthDelimited).fork();
    writeDatum(writer, datum);
    writer.join();
  }
  writer.tag(4, WireType.LengthDelimited).string(request.lossName);
  for (const [key, value] of Object.entries(request.lossConfig)) {
    writer.tag(5, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(key);
    writer.tag(2, WireType.Bit64).double(value).join();
  }
  if (request.sendsLossConfigTwice) {
    for (const [key, value] of Object.entries(request.lossConfig)) {
      writer.tag(7, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).string(key);
      writer.tag(2, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.Bit64).double(value).join();
      writer.join();
    }
  }
  if (request.forwardOnly) writer.tag(6, WireType.Varint).bool(true);
  return writer.finish();
}
