import { zstdCompressSync } from 'node:zlib';
import type { AppError } from '../../core/domain/app-error.ts';
import type { FutureResult, RequestType } from './futures.ts';
import type { HttpCall } from './http.ts';
import { passFromJson, passToJson } from './json-codec.ts';
import type { EngineProfile } from './profiles.ts';
import { passFromProto } from './proto-decode.ts';
import { passToProto } from './proto-encode.ts';
import type { PassRequest, PassResult } from './wire.ts';

/** How passes travel: JSON or protobuf, and which endpoint does those without a gradient. */
export interface PassCodec {
  isProto(): boolean;
  /** `compress`: the engine asked for it. */
  callOf(request: PassRequest, compress: boolean, timeoutMs: number): HttpCall;
  typeOf(forwardOnly: boolean): RequestType;
  read(result: FutureResult): PassResult;
  /** Told that a call in this form, JSON where there is none, was taken on. */
  worked(sentAs: string | undefined): void;
  /** Told of a refusal and, in `details.sentAs`, of what: true where the same call is worth a try in the form of now. */
  learn(refusal: AppError, forwardOnly: boolean): boolean;
}

const protoType = 'application/x-protobuf';

export function createPassCodec({ codec, forward }: EngineProfile): PassCodec {
  let isProto = codec === 'proto';
  let usesFlag = forward === 'flag';
  /** Whether the engine took calls in the form of now. */
  let isSettled = false;
  const choose = (proto: boolean): void => {
    isProto = proto;
    isSettled = false;
    usesFlag = proto || forward === 'flag';
  };
  return {
    isProto: () => isProto,
    typeOf: (forwardOnly) => (forwardOnly && !usesFlag ? 'Forward' : 'ForwardBackward'),
    callOf(request, compress, timeoutMs) {
      const what = request.forwardOnly ? 'forward' : 'forward_backward';
      const path = usesFlag ? 'forward_backward' : what;
      const base = { method: 'POST', path, what, timeoutMs } as const;
      if (!isProto) return { ...base, json: passToJson(request) };
      const data = passToProto(request);
      return compress
        ? { ...base, bytes: { data: zstdCompressSync(data), type: protoType, encoding: 'zstd' } }
        : { ...base, bytes: { data, type: protoType } };
    },
    read: (result) => (result.kind === 'proto' ? passFromProto(result.bytes) : passFromJson(result.value)),
    worked(sentAs) {
      // One that was sent before another model's refusal tells nothing of the form of now.
      if ((sentAs === protoType) === isProto) isSettled = true;
    },
    learn({ details, message }, forwardOnly) {
      if (codec !== 'auto') return false;
      const refusesForm = details['status'] === 415;
      if (details['sentAs'] === protoType) {
        if (refusesForm && !isSettled && isProto) choose(false);
        return false;
      }
      // So do servers say that they have no such endpoint, not that they have no such model.
      const lacksForward = forwardOnly && details['status'] === 404 && message.includes('“Not Found”');
      if (!lacksForward && !refusesForm) return false;
      // Another model's call was refused first, and the form is another one by now.
      if (isProto) return true;
      if (isSettled && !lacksForward) return false;
      choose(true);
      return true;
    },
  };
}
