import { eventId, type TurnId } from '../domain/ids.ts';
import type { Signal } from '../domain/signal.ts';
import type { Turn } from '../domain/turn.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import type { Logger } from '../ports/logger.ts';

/** The rule that goes into the ledger beside each row. */
const toolRule = 'tool-outcome@1';

export interface ToolOutcome {
  readonly turnId: TurnId;
  readonly conversation: Turn['conversation'];
  /** Which of the turn's calls, from 1. */
  readonly call: number;
  /** As the model called it. */
  readonly tool: string;
  readonly isError: boolean;
  /** Epoch milliseconds. */
  readonly now: number;
}

const longestToolName = 64;

/** How a tool call ended, as a row of the ledger: it says nothing about quality by itself, and is there for the judge. */
function toolSignal({ turnId, conversation, call, tool, isError, now }: ToolOutcome): Signal {
  return {
    eventId: eventId('tool', `${turnId}:${call}`),
    platform: conversation.platform,
    spaceId: conversation.spaceId,
    target: { kind: 'turn', turnId },
    actorIsBot: false,
    change: 'given',
    kind: 'tool',
    // Several calls stand beside each other, also of one tool.
    slot: `${call} ${tool.slice(0, longestToolName)}`,
    name: isError ? 'failed' : 'ok',
    polarity: 0,
    authority: 'judge',
    weight: 1,
    rule: toolRule,
    occurredAt: now,
    recordedAt: now,
  };
}

/** Writes it down. An answer does not fail for a row that could not be kept: then it is logged. */
export async function recordTool(
  outcome: ToolOutcome,
  { ledger, logger }: { readonly ledger: Pick<LedgerStore, 'append'>; readonly logger: Logger },
): Promise<void> {
  try {
    await ledger.append(toolSignal(outcome));
  } catch (error) {
    logger.error('tool_outcome_lost', { turnId: outcome.turnId, error });
  }
}
