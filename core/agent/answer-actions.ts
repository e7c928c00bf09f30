import type { ChannelCapabilities } from '../domain/capabilities.ts';
import { type Action, FEEDBACK_BAD, FEEDBACK_GOOD } from '../domain/outbound-message.ts';

export const RETRY = 'turn.retry';

/** What stands under an answer that went wrong. */
export function retryActions(): readonly (readonly Action[])[] {
  return [[{ actionId: RETRY, label: 'Retry' }]];
}

/** What stands under an answer: feedback, where this channel shows it as buttons. */
export function answerActions(capabilities: ChannelCapabilities): readonly (readonly Action[])[] {
  if (!capabilities.canShowFeedbackButtons) return [];
  return [
    [
      { actionId: FEEDBACK_GOOD, label: '👍' },
      { actionId: FEEDBACK_BAD, label: '👎' },
    ],
  ];
}
