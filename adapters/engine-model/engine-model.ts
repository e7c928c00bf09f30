import { toAppError } from '../../core/domain/app-error.ts';
import type { FinishReason, ModelEvent, ModelRequest, ToolCall } from '../../core/domain/model.ts';
import type { SampledAnswer, SamplingParams } from '../../core/domain/sampling.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import type { EngineSampler, SampleRequest } from '../../core/ports/trainer.ts';
import { type AnswerGuard, abortedError, createAnswerGuard } from './answer-guard.ts';
import { emptyAnswer, isSamplerLost, noAnswer, promptTooLong, samplerLost, toAnswerError } from './errors.ts';
import type { EngineModelOptions } from './options.ts';
import { createRenderedTalks } from './rendered-talks.ts';
import { usableLogprobs } from './usable-logprobs.ts';

/** Most talks of a day go on within as many answers. */
const rememberedTalks = 500;

function finishReasonOf({ stopReason }: SampledAnswer, calls: readonly ToolCall[]): FinishReason {
  if (stopReason === 'length') return 'length';
  return calls.length > 0 ? 'tool_calls' : 'stop';
}

/**
 * A model that answers by the sampler of a training engine. A prompt is rendered here, once, and `completed` says which ids
 * were read and written, so that training can use exactly these. Where a talk goes on that this process answered before, the
 * new prompt begins with the ids of the earlier prompt and answer. Engines do not stream: the text comes whole.
 * `responseFormat` is not enforced. Log-probabilities that cannot be right are left out.
 */
export function createEngineModel(options: EngineModelOptions): ModelPort {
  const { description, tokenizer, clock, ids, logger, maxContextTokens } = options;
  const talks = createRenderedTalks(ids, options.rememberedTalks ?? rememberedTalks);

  function render({ messages, tools }: ModelRequest): Int32Array {
    const before = talks.before({ messages, tools });
    const continued = before && tokenizer.continuePrompt(before, messages, tools);
    return continued ?? tokenizer.renderPrompt(messages, tools);
  }

  /** How an answer to a prompt of this length is drawn. */
  function paramsFor(request: ModelRequest, promptTokens: number): SamplingParams {
    const left = maxContextTokens - promptTokens;
    return {
      ...options.params,
      ...(request.temperature === undefined ? {} : { temperature: request.temperature }),
      maxTokens: Math.min(request.maxOutputTokens ?? left, left),
    };
  }

  async function sampleOne(
    sampler: EngineSampler,
    request: SampleRequest,
    guard: AnswerGuard,
  ): Promise<SampledAnswer> {
    try {
      const [answer] = await guard.wait(sampler.sample(request, guard.signal));
      if (answer === undefined) throw noAnswer(description);
      return answer;
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!isSamplerLost(error)) throw thrown;
      options.samplerLost?.(sampler);
      throw samplerLost(description, error);
    }
  }

  async function* answerTo(request: ModelRequest, guard: AnswerGuard): AsyncGenerator<ModelEvent> {
    const sampler = await guard.wait(options.currentSampler());
    const prompt = render(request);
    if (prompt.length >= maxContextTokens) {
      throw promptTooLong(sampler.baseModel, prompt.length, maxContextTokens);
    }
    const params = paramsFor(request, prompt.length);
    yield { type: 'started', model: sampler.version };
    const { stopIds } = tokenizer;
    const answer = await sampleOne(sampler, { prompt, count: 1, stopIds, params }, guard);
    const { text, toolCalls } = tokenizer.parseAnswer(answer.tokens);
    const calls = toolCalls.map((call): ToolCall => ({ ...call, id: ids.next('call') }));
    if (text.trim() === '' && calls.length === 0) {
      throw emptyAnswer(description, answer.stopReason === 'length');
    }
    talks.remember(request, { role: 'assistant', text, toolCalls: calls }, { prompt, answer: answer.tokens });
    if (text !== '') yield { type: 'text', text };
    for (const call of calls) yield { type: 'tool_call', call };
    const logprobs = usableLogprobs(answer, sampler.version, logger);
    yield {
      type: 'completed',
      finishReason: finishReasonOf(answer, calls),
      usage: { inputTokens: prompt.length, outputTokens: answer.tokens.length },
      sampled: {
        prompt,
        tokens: answer.tokens,
        ...(logprobs === undefined ? {} : { logprobs }),
        stopReason: answer.stopReason,
        params,
        tokenizerHash: tokenizer.hash,
        baseModel: sampler.baseModel,
        samplerVersion: sampler.version,
      },
    };
  }

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    if (signal.aborted) {
      yield { type: 'failed', error: abortedError() };
      return;
    }
    const guard = createAnswerGuard(clock, signal, options.timeoutMs, description);
    try {
      yield* answerTo(request, guard);
    } catch (thrown) {
      const error = toAnswerError(thrown, description);
      if (error.code === 'internal') logger.error('engine_answer_failed', { error: thrown });
      yield { type: 'failed', error };
    } finally {
      guard.close();
    }
  }

  return { description, stream };
}
