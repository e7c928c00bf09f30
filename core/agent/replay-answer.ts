import { toAppError } from '../domain/app-error.ts';
import type { PolicyId } from '../domain/policy.ts';
import type { Turn } from '../domain/turn.ts';
import type { ModelPort } from '../ports/model.ts';
import type { ReplayAnswer, ReplaySkill } from '../skills/replay/replay.ts';
import { type PromptAgainDeps, promptAgain } from './prompt-again.ts';

export interface ReplayAnswerDeps extends PromptAgainDeps {
  /** The one that answers people. */
  readonly model: ModelPort;
  readonly maxOutputTokens?: number;
  /** As `ModelRequest.policy`. */
  readonly policy?: PolicyId;
}

/** Answers a turn's request again, as `promptAgain` puts it; nothing is shown to anybody. Never rejects but where a store does. */
export async function replayAnswer(
  turn: Turn,
  skills: readonly ReplaySkill[],
  deps: ReplayAnswerDeps,
  signal: AbortSignal,
): Promise<ReplayAnswer> {
  const prompt = await promptAgain(turn, skills, deps);
  if (prompt.kind === 'left_out') return prompt;
  const limit = deps.maxOutputTokens === undefined ? {} : { maxOutputTokens: deps.maxOutputTokens };
  const by = deps.policy === undefined ? {} : { policy: deps.policy };
  return answerOf(deps.model, { messages: prompt.messages, tools: [], ...limit, ...by }, signal);
}

async function answerOf(
  model: ModelPort,
  request: Parameters<ModelPort['stream']>[0],
  signal: AbortSignal,
): Promise<ReplayAnswer> {
  let text = '';
  try {
    for await (const event of model.stream(request, signal)) {
      if (event.type === 'text') text += event.text;
      else if (event.type === 'failed') return { kind: 'failed', error: event.error };
      else if (event.type === 'completed') {
        return { kind: 'answer', text, ...(event.usage === undefined ? {} : { usage: event.usage }) };
      }
    }
  } catch (thrown) {
    return { kind: 'failed', error: toAppError(thrown) };
  }
  return { kind: 'answer', text };
}
