import type { Clock } from '../../core/ports/clock.ts';
import type { Logger } from '../../core/ports/logger.ts';
import type { ByteGate } from './byte-gate.ts';
import type { CheckpointDesk } from './checkpoints.ts';
import type { EngineConfig } from './engine-config.ts';
import type { Awaited as AwaitedFuture, FutureResult, Futures } from './futures.ts';
import { type HttpCall, jsonOf } from './http.ts';
import { badReply, isObject, type JsonObject } from './json-codec.ts';
import type { TinkerTimings } from './options.ts';
import type { PassCodec } from './pass-codec.ts';
import type { EngineProfile } from './profiles.ts';
import type { SampleGate } from './sample-gate.ts';
import type { Sessions } from './session.ts';
import type { Patience, Transport } from './transport.ts';

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
  readonly checkpoints: CheckpointDesk;
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
