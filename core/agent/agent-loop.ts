import { AppError, toAppError } from '../domain/app-error.ts';
import { encodeConversationKey } from '../domain/conversation.ts';
import type { ModelEvent, ModelMessage, ModelUsage, ToolCall } from '../domain/model.ts';
import type { PolicyId } from '../domain/policy.ts';
import type { SampledTokens } from '../domain/sampling.ts';
import type { ModelPort } from '../ports/model.ts';
import type { ToolContext, ToolPort } from '../ports/tool.ts';
import { runToolCall } from './tool-calls.ts';

/**
 * What one answer consists of. Order: `started` before any `text`; exactly one of `completed` and `failed`, last.
 * Tool events come in pairs between two model calls. `sampled`: of every call, in order, where an engine answered all of them,
 * else of none, as nothing is learned from a part of an answer.
 */
export type AgentEvent =
  | { readonly type: 'started'; readonly model: string }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool_started'; readonly call: ToolCall }
  | { readonly type: 'tool_finished'; readonly call: ToolCall; readonly isError: boolean }
  | {
      readonly type: 'completed';
      readonly usage?: ModelUsage;
      readonly truncated: boolean;
      readonly sampled: readonly SampledTokens[];
    }
  | { readonly type: 'failed'; readonly error: AppError };

export interface AgentLoopDeps {
  readonly model: ModelPort;
  readonly tools: ToolPort;
  /** How many times the model may ask for tools in one answer. */
  readonly maxToolRounds: number;
  readonly maxOutputTokens?: number;
  /** As `ModelRequest.policy`, for all calls of the answer. */
  readonly policy?: PolicyId;
}

interface Round {
  text: string;
  calls: ToolCall[];
  end: Extract<ModelEvent, { type: 'completed' | 'failed' }> | undefined;
}

function addUsage(a: ModelUsage | undefined, b: ModelUsage | undefined): ModelUsage | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return { inputTokens: a.inputTokens + b.inputTokens, outputTokens: a.outputTokens + b.outputTokens };
}

/** An answer that another model had a part in is not what an engine sampled. */
function ofAllCalls(sampled: readonly SampledTokens[], calls: number): readonly SampledTokens[] {
  return sampled.length === calls ? sampled : [];
}

/** One model call: passes text on, gathers the rest in `round`. */
async function* modelRound(
  messages: readonly ModelMessage[],
  deps: AgentLoopDeps,
  round: Round,
  { conversation }: ToolContext,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent> {
  const request = {
    messages,
    tools: deps.tools.list(),
    conversation: encodeConversationKey(conversation),
    ...(deps.maxOutputTokens === undefined ? {} : { maxOutputTokens: deps.maxOutputTokens }),
    ...(deps.policy === undefined ? {} : { policy: deps.policy }),
  };
  for await (const event of deps.model.stream(request, signal)) {
    switch (event.type) {
      case 'started':
        yield event;
        break;
      case 'text':
        round.text += event.text;
        yield event;
        break;
      case 'tool_call':
        round.calls.push(event.call);
        break;
      case 'completed':
      case 'failed':
        round.end = event;
        return;
    }
  }
}

/**
 * Answers one prompt: streams the model, runs the tools it asks for, and streams again until it is done. Free of state
 * and of time; never throws, every failure is the last event. Paper §3: one turn of the policy under injected skills.
 */
export async function* agentLoop(
  prompt: readonly ModelMessage[],
  deps: AgentLoopDeps,
  context: ToolContext,
  signal: AbortSignal,
): AsyncGenerator<AgentEvent> {
  let messages = prompt;
  let usage: ModelUsage | undefined;
  const sampled: SampledTokens[] = [];
  const failed = (error: AppError): AgentEvent => ({ type: 'failed', error });
  let textBefore = false;
  try {
    for (let rounds = 0; ; rounds += 1) {
      const round: Round = { text: '', calls: [], end: undefined };
      for await (const event of modelRound(messages, deps, round, context, signal)) {
        // Text of a further round starts a paragraph of its own.
        if (event.type === 'text' && textBefore && round.text === event.text)
          yield { type: 'text', text: '\n\n' };
        yield event;
      }
      textBefore ||= round.text !== '';
      if (round.end === undefined) {
        yield failed(new AppError('bad_reply', 'The model ended its answer without saying so.'));
        return;
      }
      if (round.end.type === 'failed') {
        yield failed(round.end.error);
        return;
      }
      usage = addUsage(usage, round.end.usage);
      if (round.end.sampled !== undefined) sampled.push(round.end.sampled);
      if (round.calls.length === 0) {
        const truncated = round.end.finishReason === 'length';
        const whole = ofAllCalls(sampled, rounds + 1);
        yield { type: 'completed', truncated, sampled: whole, ...(usage === undefined ? {} : { usage }) };
        return;
      }
      if (rounds >= deps.maxToolRounds) {
        const message = `The model asked for tools more than ${deps.maxToolRounds} times in one answer.`;
        yield failed(new AppError('bad_reply', message));
        return;
      }
      const results: ModelMessage[] = [];
      for (const call of round.calls) {
        yield { type: 'tool_started', call };
        const result = await runToolCall(call, deps.tools, context, signal);
        results.push({ role: 'tool', toolCallId: call.id, text: result.text });
        yield { type: 'tool_finished', call, isError: result.isError };
      }
      messages = [...messages, { role: 'assistant', text: round.text, toolCalls: round.calls }, ...results];
    }
  } catch (thrown) {
    yield failed(toAppError(thrown));
  }
}
