import { zstdCompressSync } from 'node:zlib';
import { toAppError } from '../../core/domain/app-error.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { ByteGate } from './byte-gate.ts';
import type { EngineConfig } from './engine-config.ts';
import type { Awaited as AwaitedFuture, FutureResult, Futures, RequestType } from './futures.ts';
import { type HttpCall, jsonOf } from './http.ts';
import { badReply, isObject, type JsonObject, passFromJson, passToJson } from './json-codec.ts';
import type { TinkerTimings } from './options.ts';
import type { EngineProfile } from './profiles.ts';
import { passFromProto } from './proto-decode.ts';
import { passToProto } from './proto-encode.ts';
import type { SampleGate } from './sample-gate.ts';
import type { Sessions } from './session.ts';
import type { Patience, Transport } from './transport.ts';
import type { PassRequest, PassResult } from './wire.ts';

/** What models and samplers of one client share. */
export interface Engine {
  readonly profile: EngineProfile;
  readonly timings: TinkerTimings;
  readonly transport: Transport;
  readonly futures: Futures;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly codec: PassCodec;
  /** Fires when the client is closed. */
  readonly closing: AbortSignal;
  config(signal: AbortSignal): Promise<EngineConfig>;
  /** What `config` gave, the defaults before it did. */
  knownConfig(): EngineConfig;
  /** Valid after `config`. */
  sampleGate(): SampleGate;
  resultBytes(): ByteGate;
}

/** A call that the engine took on. */
export interface Accepted {
  readonly requestId: string;
  readonly body: JsonObject;
  readonly roundtripMs: number;
}

/** Submits one call and reads what the engine calls its result to be. */
export async function submit(
  engine: Pick<Engine, 'transport' | 'clock'>,
  call: HttpCall,
  patience: Patience,
  signal: AbortSignal,
): Promise<Accepted> {
  const startedAt = engine.clock.monotonicMs();
  const reply = await engine.transport.call(call, patience, signal);
  const body = jsonOf(reply);
  const requestId = isObject(body) ? body['request_id'] : undefined;
  if (!isObject(body) || (typeof requestId !== 'string' && typeof requestId !== 'number')) {
    patience.onUncertain?.();
    throw badReply(`${call.what} was taken on under no name`);
  }
  return { requestId: String(requestId), body, roundtripMs: engine.clock.monotonicMs() - startedAt };
}

export function resultOf(
  engine: Pick<Engine, 'futures' | 'codec'>,
  accepted: Accepted,
  of: Pick<AwaitedFuture, 'what' | 'type' | 'deadlineMs'>,
  signal: AbortSignal,
): Promise<FutureResult> {
  const canBeProto = of.type === 'Sample' || of.type === 'ForwardBackward';
  return engine.futures.result(
    {
      ...of,
      requestId: accepted.requestId,
      roundtripMs: accepted.roundtripMs,
      acceptsProto: canBeProto && engine.codec.isProto(),
    },
    signal,
  );
}

/** The JSON of a result that is never protobuf. */
export function jsonResult(result: FutureResult, what: string): JsonObject {
  if (result.kind === 'proto') throw badReply(`the result of ${what} is protobuf`);
  return result.value;
}

/** How passes travel: JSON or protobuf, and which endpoint does those without a gradient. */
export interface PassCodec {
  isProto(): boolean;
  /** `compress`: the engine asked for it. */
  callOf(request: PassRequest, compress: boolean, timeoutMs: number): HttpCall;
  typeOf(forwardOnly: boolean): RequestType;
  read(result: FutureResult): PassResult;
  /** Told of a refusal: true where the same call is worth a try in the other form. */
  learn(status: unknown, forwardOnly: boolean): boolean;
}

export function createPassCodec({ codec, forward }: EngineProfile): PassCodec {
  let isProto = codec === 'proto';
  let usesFlag = forward === 'flag';
  return {
    isProto: () => isProto,
    typeOf: (forwardOnly) => (forwardOnly && !usesFlag ? 'Forward' : 'ForwardBackward'),
    callOf(request, compress, timeoutMs) {
      const what = request.forwardOnly ? 'forward' : 'forward_backward';
      const path = usesFlag ? 'forward_backward' : what;
      const base = { method: 'POST', path, what, timeoutMs } as const;
      if (!isProto) return { ...base, json: passToJson(request) };
      const data = passToProto(request);
      const type = 'application/x-protobuf';
      return compress
        ? { ...base, bytes: { data: zstdCompressSync(data), type, encoding: 'zstd' } }
        : { ...base, bytes: { data, type } };
    },
    read: (result) => (result.kind === 'proto' ? passFromProto(result.bytes) : passFromJson(result.value)),
    learn(status, forwardOnly) {
      if (codec !== 'auto' || isProto) return false;
      if (status !== 415 && !(status === 404 && forwardOnly)) return false;
      isProto = true;
      usesFlag = true;
      return true;
    },
  };
}

/** A signal that fires with either; `release` when the work is over. */
export function eitherSignal(
  a: AbortSignal,
  b: AbortSignal,
): { readonly signal: AbortSignal; release(): void } {
  const controller = new AbortController();
  const onAbort = (): void => controller.abort();
  if (a.aborted || b.aborted) controller.abort();
  a.addEventListener('abort', onAbort, { once: true });
  b.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    release() {
      a.removeEventListener('abort', onAbort);
      b.removeEventListener('abort', onAbort);
    },
  };
}

/** Whether a failure says for certain that nothing was taken on: an answer that refuses. */
export function isRefusal(thrown: unknown): boolean {
  const { code, details } = toAppError(thrown);
  return code === 'unsupported' || (code !== 'aborted' && typeof details['status'] === 'number');
}
