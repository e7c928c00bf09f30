import type { PolicyId } from '../domain/policy.ts';
import type { Turn } from '../domain/turn.ts';
import type { ModelPort } from '../ports/model.ts';
import type { ReplayAnswer, ReplaySkill } from '../skills/replay/replay.ts';
import { type PromptAgainDeps, promptAgain } from './prompt-again.ts';
import { wholeAnswer } from './whole-answer.ts';

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
  return wholeAnswer(deps.model, { messages: prompt.messages, tools: [], ...limit, ...by }, signal);
}
