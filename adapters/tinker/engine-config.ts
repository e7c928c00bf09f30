import { toAppError } from '../../core/domain/app-error.ts';
import { type HttpReply, jsonOf } from './http.ts';
import { isObject } from './json-codec.ts';
import type { Transport } from './transport.ts';

/** What an engine says of itself in `client/config`; what it does not say is as Tinker has it. */
export interface EngineConfig {
  readonly exchangesKeys: boolean;
  readonly passDatums: number;
  readonly passBytes: number;
  readonly compressesPasses: boolean;
  readonly sampleRequests: number;
  readonly sampleBytes: number;
  readonly resultBytes: number;
  readonly billingPauseMs: number | undefined;
}

export const defaultEngineConfig: EngineConfig = {
  exchangesKeys: false,
  passDatums: 1_024,
  passBytes: 5_000_000,
  compressesPasses: false,
  sampleRequests: 400,
  sampleBytes: 10_485_760,
  resultBytes: 52_428_800,
  billingPauseMs: undefined,
};

/** The version of the wire that this client speaks, as engines ask for it. */
export const sdkVersion = '0.38.0';

function configOf(reply: HttpReply): EngineConfig {
  const body = jsonOf(reply);
  if (!isObject(body)) return defaultEngineConfig;
  const flag = (name: string, otherwise: boolean): boolean => {
    const value = body[name];
    return typeof value === 'boolean' ? value : otherwise;
  };
  const size = (name: string, otherwise: number): number => {
    const value = body[name];
    return typeof value === 'number' && value >= 1 && Number.isFinite(value) ? value : otherwise;
  };
  const pause = body['billing_exception_max_pause_duration_sec'];
  const pauseSeconds = typeof pause === 'number' && pause >= 0 && Number.isFinite(pause) ? pause : undefined;
  return {
    exchangesKeys: flag('pjwt_auth_enabled', false),
    passDatums: size('fwdbwd_max_chunk_len', defaultEngineConfig.passDatums),
    passBytes: size('fwdbwd_max_chunk_bytes_count', defaultEngineConfig.passBytes),
    compressesPasses: flag('proto_compress_fwdbwd', false),
    sampleRequests: Math.min(400, size('sample_max_concurrent_requests', defaultEngineConfig.sampleRequests)),
    sampleBytes: size('sample_dispatch_bytes_semaphore_size', defaultEngineConfig.sampleBytes),
    resultBytes: size('inflight_response_bytes_semaphore_size', defaultEngineConfig.resultBytes),
    billingPauseMs: pauseSeconds === undefined ? undefined : pauseSeconds * 1_000,
  };
}

/** An engine without `client/config` has the defaults. */
export async function readEngineConfig(
  transport: Transport,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<EngineConfig> {
  const what = 'client/config';
  const call = { method: 'POST', path: what, what, json: { sdk_version: sdkVersion }, timeoutMs } as const;
  try {
    return configOf(await transport.call(call, { mayRepeat: true }, signal));
  } catch (thrown) {
    const { status } = toAppError(thrown).details;
    if (status === 404 || status === 405) return defaultEngineConfig;
    throw thrown;
  }
}
