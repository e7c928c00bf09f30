import { ask } from './ask.ts';
import type { Engine } from './engine.ts';
import { jsonOf } from './http.ts';
import { isObject, type JsonObject } from './json-codec.ts';

/** What the engine says of a sampler: `base_model`, `model_path`. */
export async function samplerInfo(
  { profile, transport, timings }: Pick<Engine, 'profile' | 'transport' | 'timings'>,
  samplerId: string,
  signal: AbortSignal,
): Promise<JsonObject> {
  const path = `samplers/${encodeURIComponent(samplerId)}`;
  const call = { method: 'GET', path, what: 'samplers', timeoutMs: timings.requestMs } as const;
  const body = jsonOf(await ask(profile, transport, call, signal));
  return isObject(body) ? body : {};
}
