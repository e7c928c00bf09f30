import type { ModelMessage } from '../domain/model.ts';
import type { PolicyId } from '../domain/policy.ts';
import type { Turn } from '../domain/turn.ts';
import type { ReplayAnswer, ReplaySkill } from '../skills/replay/replay.ts';

/** How a turn is answered again. Absent: with the skills that it was shown, by what serves, with its persona. */
export interface AnswerAs {
  readonly skills?: readonly ReplaySkill[];
  /** `configured`: the model that the settings name. */
  readonly policy?: PolicyId | 'configured';
  readonly persona?: string;
}

/** Answers a stored turn's request again, with the history that stood before it; nothing is shown to anybody. Must heed its signal. */
export type AnswerAgain = (turn: Turn, as: AnswerAs, signal: AbortSignal) => Promise<ReplayAnswer>;

/** The prompt that a turn would have now with the skills it was shown; why not, where it cannot be put together. */
export type PromptOf = (
  turn: Turn,
) => Promise<
  | { readonly kind: 'prompt'; readonly messages: readonly ModelMessage[] }
  | { readonly kind: 'left_out'; readonly reason: string }
>;
