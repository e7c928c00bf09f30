import { AppError } from '../../core/domain/app-error.ts';
import type { ModelEvent, ModelUsage } from '../../core/domain/model.ts';
import { createReasoningFilter } from './reasoning-filter.ts';
import { createToolCallAssembly } from './tool-call-assembly.ts';
import type { AnswerChunk } from './wire.ts';

type Finish = NonNullable<AnswerChunk['finishReason']>;

/** Chunks in, the port's events out. */
export interface AnswerAssembly {
  /** Text to show now; empty when the chunk brings none. */
  add(chunk: AnswerChunk): string;
  /** The server said that the answer is whole; only its usage may follow. */
  isFinished(): boolean;
  /** Everything that comes after the streamed text; the last event is `completed` or `failed`. */
  end(): readonly ModelEvent[];
}

export function createAnswerAssembly(host: string, newId: () => string): AnswerAssembly {
  const reasoning = createReasoningFilter();
  const toolCalls = createToolCallAssembly(newId);
  let finish: Finish | undefined;
  let usage: ModelUsage | undefined;
  let hasText = false;
  let hasChunks = false;

  function show(text: string): string {
    if (text.trim() !== '') hasText = true;
    return text;
  }

  function failed(error: AppError): readonly ModelEvent[] {
    return [{ type: 'failed', error }];
  }

  return {
    add(chunk) {
      hasChunks = true;
      finish = chunk.finishReason ?? finish;
      usage = chunk.usage ?? usage;
      for (const fragment of chunk.toolCalls) toolCalls.add(fragment);
      return show(reasoning.add(chunk.text));
    },
    isFinished: () => finish !== undefined,
    end() {
      if (!hasChunks) return failed(emptyAnswer(host, 'stop'));
      if (finish === undefined) return failed(cutOff(host));
      if (finish === 'error') return failed(gaveUp(host));
      const events: ModelEvent[] = [];
      const rest = show(reasoning.end());
      if (rest !== '') events.push({ type: 'text', text: rest });
      const calls = toolCalls.finish();
      if (calls.length === 0 && !hasText) return failed(emptyAnswer(host, finish));
      for (const call of calls) events.push({ type: 'tool_call', call });
      // Several servers end a tool call with `stop`, and a few announce calls that they do not make.
      const called = finish === 'stop' && calls.length > 0 ? 'tool_calls' : finish;
      const finishReason = called === 'tool_calls' && calls.length === 0 ? 'stop' : called;
      events.push({ type: 'completed', finishReason, ...(usage && { usage }) });
      return events;
    },
  };
}

function cutOff(host: string): AppError {
  return new AppError(
    'network',
    `The connection to the model at ${host} broke in the middle of the answer. Try again.`,
    {
      retryable: true,
    },
  );
}

function gaveUp(host: string): AppError {
  return new AppError('peer_failed', `The model at ${host} gave up in the middle of the answer. Try again.`, {
    retryable: true,
  });
}

function emptyAnswer(host: string, finish: Finish): AppError {
  if (finish === 'content_filter') {
    return new AppError(
      'refused_by_peer',
      `The content filter at ${host} withheld the answer. Ask in other words.`,
      {
        details: { reason: 'content_filter' },
      },
    );
  }
  if (finish === 'length') {
    return new AppError(
      'bad_reply',
      `The model at ${host} used up its output tokens before it wrote anything. Raise the maximum of output tokens.`,
      { details: { reason: 'length' } },
    );
  }
  return new AppError('bad_reply', `The model at ${host} sent an empty answer. Try again.`, {
    retryable: true,
  });
}
