import { AppError, toAppError } from '../../core/domain/app-error.ts';
import { eitherSignal } from './either-signal.ts';
import { type Accepted, type Engine, resultOf, submit } from './engine.ts';
import { aborted } from './errors.ts';
import { badReply, chunkToJson, sampleFromJson } from './json-codec.ts';
import { sampleFromProto } from './proto-decode.ts';
import { unlessAborted } from './unless-aborted.ts';
import type { WeightSlot } from './weight-slot.ts';
import { type Chunk, inputLength, type SampleResult } from './wire.ts';

export interface WireSampleRequest {
  readonly prompt: readonly Chunk[];
  readonly count: number;
  readonly maxTokens: number;
  readonly stopIds: readonly number[];
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly seed?: number;
  readonly wantsPromptLogprobs?: boolean;
  /** How many alternatives for each prompt token; 0 for none. */
  readonly topPromptLogprobs?: number;
}

export interface TinkerSampler {
  readonly version: string;
  sample(request: WireSampleRequest, signal: AbortSignal): Promise<SampleResult>;
}

/** Of which state of a model in training a sampler is, where engines keep only one. */
export interface SlotState {
  readonly slot: WeightSlot;
  readonly version: number;
}

export interface SamplerParts {
  readonly version: string;
  /** The engine's id of the sampling session. */
  readonly sessionId: string;
  /** Makes it anew where the engine forgot it; absent for weights that were never saved under a name. */
  reopen?(signal: AbortSignal): Promise<string>;
  readonly state?: SlotState;
}

/** Attempts at a whole sample after the engine lost its result. */
const mostAttempts = 5;
const firstDelayMs = 500;
const longestDelayMs = 10_000;

/** The session of a request that is under way: another one may have taken its place meanwhile. */
interface Sent {
  sessionId: string;
}

function stale(): AppError {
  return new AppError(
    'conflict',
    'The model has trained on since this sampler was made, and this engine keeps one state of its weights. Make a new sampler.',
    { details: { reason: 'stale_sampler' } },
  );
}

export function createTinkerSampler(engine: Engine, parts: SamplerParts): TinkerSampler {
  let { sessionId } = parts;
  let reopening: Promise<string> | undefined;
  let seqId = 0;

  function bodyOf(request: WireSampleRequest, sent: Sent): unknown {
    sent.sessionId = sessionId;
    return {
      sampling_session_id: sessionId,
      seq_id: seqId++,
      num_samples: request.count,
      prompt: { chunks: request.prompt.map(chunkToJson) },
      sampling_params: {
        max_tokens: request.maxTokens,
        stop: request.stopIds,
        temperature: request.temperature,
        top_k: request.topK,
        top_p: request.topP,
        ...(request.seed === undefined ? {} : { seed: request.seed }),
      },
      prompt_logprobs: request.wantsPromptLogprobs ?? false,
      topk_prompt_logprobs: request.topPromptLogprobs ?? 0,
      type: 'sample',
    };
  }

  /** Submits once there is room; where the engine has too much to do, the place is given back and waited for anew. */
  async function admit(
    request: WireSampleRequest,
    sent: Sent,
    signal: AbortSignal,
  ): Promise<{ readonly accepted: Accepted; leave(): void }> {
    const promptTokens = inputLength(request.prompt);
    let endsAt: number | undefined;
    for (;;) {
      const gate = engine.sampleGate();
      const leave = await gate.enter(promptTokens, signal);
      let isBusy = false;
      const patience = {
        mayRepeat: true,
        onBusy(waitMs: number) {
          isBusy = true;
          gate.busy(promptTokens, waitMs);
        },
      };
      const call = {
        method: 'POST',
        path: 'asample',
        what: 'sample',
        json: bodyOf(request, sent),
        headers: { 'x-tinker-sampling-backpressure': '1' },
        timeoutMs: engine.timings.requestMs,
      } as const;
      try {
        return { accepted: await submit(engine, call, patience, signal), leave };
      } catch (thrown) {
        leave();
        const now = engine.clock.monotonicMs();
        // Not from the start: who waited long at the gate has not been refused for as long.
        endsAt ??= now + engine.timings.retryWindowMs;
        if (!isBusy || now >= endsAt) throw thrown;
      }
    }
  }

  async function once(request: WireSampleRequest, sent: Sent, signal: AbortSignal): Promise<SampleResult> {
    const { accepted, leave } = await admit(request, sent, signal);
    try {
      const of = { what: 'sample', type: 'Sample', deadlineMs: engine.timings.sampleMs } as const;
      const result = await resultOf(engine, accepted, of, signal);
      const read = result.kind === 'proto' ? sampleFromProto(result.bytes) : sampleFromJson(result.value);
      const ids = accepted.body['sample_sequence_ids'];
      return Array.isArray(ids) && ids.every((id) => typeof id === 'string')
        ? { ...read, sequenceIds: ids }
        : read;
    } finally {
      leave();
    }
  }

  /** Waits for all who ask at the same time once. */
  function reopen(make: (signal: AbortSignal) => Promise<string>): Promise<string> {
    reopening ??= make(engine.closing).finally(() => {
      reopening = undefined;
    });
    return reopening;
  }

  async function sampleAgain(request: WireSampleRequest, signal: AbortSignal): Promise<SampleResult> {
    let hasReopened = false;
    const sent: Sent = { sessionId };
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await once(request, sent, signal);
      } catch (thrown) {
        const error = toAppError(thrown);
        const isGone = error.code === 'not_found' && error.details['status'] === 404;
        // Known meanwhile from another request, and made anew.
        if (isGone && sent.sessionId !== sessionId && attempt + 1 < mostAttempts) continue;
        if (isGone && !hasReopened && parts.reopen !== undefined) {
          hasReopened = true;
          sessionId = await unlessAborted(reopen(parts.reopen), signal);
          continue;
        }
        if (error.details['reason'] !== 'promise_lost' || attempt + 1 >= mostAttempts) throw error;
        await engine.clock.sleep(Math.min(longestDelayMs, firstDelayMs * 2 ** attempt), signal);
      }
    }
  }

  return {
    version: parts.version,
    async sample(request, signal) {
      if (signal.aborted) throw aborted();
      if (request.maxTokens < 1 || request.count < 1 || inputLength(request.prompt) < 1) {
        throw new AppError(
          'invalid_input',
          'A sample needs a prompt, at least one answer and at least one token.',
        );
      }
      const { state } = parts;
      if (state !== undefined && state.slot.version() !== state.version) throw stale();
      const endSampling = state?.slot.beginSampling();
      const either = eitherSignal(signal, engine.closing);
      try {
        await engine.config(either.signal);
        const result = await sampleAgain(request, either.signal);
        if (result.sequences.length !== request.count) {
          throw badReply(`there are ${result.sequences.length} answers in place of ${request.count}`);
        }
        return result;
      } finally {
        either.release();
        endSampling?.();
      }
    },
  };
}
