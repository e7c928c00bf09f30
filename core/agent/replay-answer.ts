import { toAppError } from '../domain/app-error.ts';
import type { Turn } from '../domain/turn.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import type { ModelPort } from '../ports/model.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import { renderSkillBlock } from '../skills/inject.ts';
import type { ReplayAnswer, ReplaySkill } from '../skills/replay/replay.ts';
import { assemblePrompt } from './assemble-prompt.ts';

export interface ReplayAnswerDeps {
  /** The one that answers people. */
  readonly model: ModelPort;
  readonly turns: Pick<TurnStore, 'recent'>;
  readonly ledger: Pick<LedgerStore, 'ofTurn'>;
  readonly persona: string;
  readonly historyBudgetTokens: number;
  readonly historyTurns: number;
  readonly maxOutputTokens?: number;
  /** `ChannelCapabilities.promptFacts` of the turn's platform; '' where it is not running. */
  readonly promptFactsOf: (platform: string) => string;
}

/**
 * Answers a turn's request again, with the history that stood before it and with exactly these skills; nothing is shown to
 * anybody. A turn that used tools is left out: their results are not kept, and calling them again could change the world.
 * Never rejects but where a store does.
 */
export async function replayAnswer(
  turn: Turn,
  skills: readonly ReplaySkill[],
  deps: ReplayAnswerDeps,
  signal: AbortSignal,
): Promise<ReplayAnswer> {
  const request = turn.requestText;
  const rows = await deps.ledger.ofTurn(turn.turnId);
  if (rows.some(({ kind }) => kind === 'tool')) return { kind: 'left_out', reason: 'used_tools' };
  if (request.trim() === '') return { kind: 'left_out', reason: 'no_words' };
  const recent = await deps.turns.recent(turn.sessionId, deps.historyTurns + laterTurns);
  const at = recent.findIndex(({ turnId }) => turnId === turn.turnId);
  const messages = assemblePrompt({
    persona: deps.persona,
    channelFacts: deps.promptFactsOf(turn.conversation.platform),
    audience: turn.conversation.audience,
    skillsBlock: renderSkillBlock(skills),
    history: at === -1 ? [] : recent.slice(Math.max(0, at - deps.historyTurns), at),
    historyBudgetTokens: deps.historyBudgetTokens,
    request: { askerName: turn.askerName, text: request, quotes: [] },
    now: turn.startedAt,
  });
  const limit = deps.maxOutputTokens === undefined ? {} : { maxOutputTokens: deps.maxOutputTokens };
  return answerOf(deps.model, { messages, tools: [], ...limit }, signal);
}

/** Of a long session the turn may lie further back than its end. */
const laterTurns = 60;

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
