import type { ModelMessage } from '../domain/model.ts';
import type { Turn } from '../domain/turn.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import { renderSkillBlock } from '../skills/inject.ts';
import type { ReplaySkill } from '../skills/replay/replay.ts';
import { assemblePrompt } from './assemble-prompt.ts';

export interface PromptAgainDeps {
  readonly turns: Pick<TurnStore, 'recent'>;
  readonly ledger: Pick<LedgerStore, 'ofTurn'>;
  readonly persona: string;
  readonly historyBudgetTokens: number;
  readonly historyTurns: number;
  /**
   * `ChannelCapabilities.promptFacts` of the turn's platform; '' where it is not running. `undefined` where nothing here puts
   * prompts together: programs bring their own.
   */
  readonly promptFactsOf: (platform: string) => string | undefined;
}

export type PromptAgain =
  | { readonly kind: 'prompt'; readonly messages: readonly ModelMessage[] }
  | {
      readonly kind: 'left_out';
      readonly reason: 'foreign_prompt' | 'used_tools' | 'no_words' | 'no_history';
    };

/** Of a long session the turn may lie further back than its end. */
const laterTurns = 60;

/**
 * The prompt of a stored turn, put together once more with the history that stood before it and with exactly these skills.
 * What it replied to and what stood in a thread before are not kept and missing. A turn that used tools is left
 * out: their results are not kept, and calling them again could change the world. So is one of a program's: what that
 * wrote around the words nobody here knows. Rejects where a store does.
 */
export async function promptAgain(
  turn: Turn,
  skills: readonly ReplaySkill[],
  deps: PromptAgainDeps,
): Promise<PromptAgain> {
  const request = turn.requestText;
  const channelFacts = deps.promptFactsOf(turn.conversation.platform);
  if (channelFacts === undefined) return { kind: 'left_out', reason: 'foreign_prompt' };
  const rows = await deps.ledger.ofTurn(turn.turnId);
  if (rows.some(({ kind }) => kind === 'tool')) return { kind: 'left_out', reason: 'used_tools' };
  if (request.trim() === '') return { kind: 'left_out', reason: 'no_words' };
  const recent = await deps.turns.recent(turn.sessionId, deps.historyTurns + laterTurns);
  const at = recent.findIndex(({ turnId }) => turnId === turn.turnId);
  // Too far back, or answered again since: what stood before it is not known.
  if (at === -1) return { kind: 'left_out', reason: 'no_history' };
  const messages = assemblePrompt({
    persona: deps.persona,
    channelFacts,
    audience: turn.conversation.audience,
    skillsBlock: renderSkillBlock(skills),
    history: recent.slice(Math.max(0, at - deps.historyTurns), at),
    historyBudgetTokens: deps.historyBudgetTokens,
    request: { askerName: turn.askerName, text: request, quotes: [] },
    now: turn.startedAt,
  });
  return { kind: 'prompt', messages };
}
