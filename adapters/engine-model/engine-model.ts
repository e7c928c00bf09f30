import { toAppError } from '../../core/domain/app-error.ts';
import type { FinishReason, ModelEvent, ModelRequest, ToolCall } from '../../core/domain/model.ts';
import type { SampledAnswer, SamplingParams } from '../../core/domain/sampling.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import type { EngineSampler, SampleRequest } from '../../core/ports/trainer.ts';
import { type AnswerGuard, abortedError, createAnswerGuard } from './answer-guard.ts';
import { emptyAnswer, isSamplerLost, noAnswer, promptTooLong, samplerLost, toAnswerError } from './errors.ts';
import { type FittedPrompt, fitPrompt } from './fit-prompt.ts';
import type { EngineModelOptions } from './options.ts';
import { createRenderedTalks } from './rendered-talks.ts';
import { usableLogprobs } from './usable-logprobs.ts';

/** Most talks of a day go on within as many answers. */
const rememberedTalks = 500;
/** Earlier turns are left out of a prompt rather than that an answer has less than this share of the context. */
const answerShare = 1 / 4;
/** With less room nothing worth reading can be said, in tokens. */
const leastAnswer = 64;

function finishReasonOf({ stopReason }: SampledAnswer, calls: readonly ToolCall[]): FinishReason {
  if (stopReason === 'length') return 'length';
  return calls.length > 0 ? 'tool_calls' : 'stop';
}

/**
 * A model that answers by the sampler of a training engine. A prompt is rendered here, once, and `completed` says which ids
 * were read and written, so that training can use exactly these. Where the talk of a `conversation` goes on that this process
 * answered before, the new prompt begins with the ids of the earlier prompt and answer. Engines do not stream: the text comes
 * whole. `responseFormat` is not enforced. Log-probabilities that cannot be right are left out.
 *
 * Of a prompt that is too long the oldest turns are left out, as it is rendered: until the answer has a quarter of the context, or
 * the `maxOutputTokens` that were asked for where these are less. The instructions before them and everything from the last that a
 * person said always stay; where these alone leave no room worth answering in, it fails with `context_too_long`.
 * An answer without words fails and is not to be drawn again: what is kept of answers must be what a first draw gave, else it
 * would be likelier than its log-probabilities say.
 */
export function createEngineModel(options: EngineModelOptions): ModelPort {
  const { description, tokenizer, clock, ids, logger, maxContextTokens } = options;
  const talks = createRenderedTalks(ids, options.rememberedTalks ?? rememberedTalks);

  /** The prompt that is read, and what of the request it says. */
  function promptOf(request: ModelRequest, baseModel: string): FittedPrompt {
    const reserve = Math.min(
      request.maxOutputTokens ?? maxContextTokens,
      Math.ceil(maxContextTokens * answerShare),
    );
    const fitted = fitPrompt(request, maxContextTokens - reserve, tokenizer, talks);
    const tokens = fitted.prompt.length;
    if (fitted.leftOut > 0) {
      logger.info('engine_history_left_out', { turns: fitted.leftOut, tokens, maxContextTokens });
    }
    if (maxContextTokens - tokens < Math.min(reserve, leastAnswer)) {
      throw promptTooLong(baseModel, tokens, maxContextTokens);
    }
    return fitted;
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
    const { prompt, messages, leftOut } = promptOf(request, sampler.baseModel);
    const params = paramsFor(request, prompt.length);
    yield { type: 'started', model: sampler.version };
    const { stopIds } = tokenizer;
    const answer = await sampleOne(sampler, { prompt, count: 1, stopIds, params }, guard);
    const { text, toolCalls } = tokenizer.parseAnswer(answer.tokens);
    const calls = toolCalls.map((call): ToolCall => ({ ...call, id: ids.next('call') }));
    if (text.trim() === '' && calls.length === 0) {
      throw emptyAnswer(description, answer.stopReason === 'length');
    }
    const told = { role: 'assistant', text, toolCalls: calls } as const;
    const messageCount = messages.length;
    talks.remember(request, told, { prompt, answer: answer.tokens, messageCount, leftOut });
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
