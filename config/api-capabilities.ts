import type { ChannelCapabilities } from '../core/domain/capabilities.ts';

export const apiPlatform = 'api';

/** What commands may count on where a program gives them: it is answered with words, at once, and never written to. */
export const apiCapabilities: ChannelCapabilities = {
  maxTextChars: 1_000_000,
  minEditIntervalMs: 0,
  minGroupEditIntervalMs: 0,
  canEdit: false,
  canRemove: false,
  canStreamNatively: false,
  canReadThreads: false,
  canReact: false,
  canSeeReactions: false,
  canSeeReactionRemoval: false,
  canSendPrivately: false,
  canAnswerPrivately: true,
  canShowActions: false,
  canShowFeedbackButtons: false,
  canShowNotes: false,
  canShowImages: false,
  canShowActivity: false,
  canOpenForms: false,
  canRegisterCommands: false,
  canPublishHome: false,
  hasWrittenCommands: false,
  canTellLater: false,
  hasSendKeys: false,
  commandPrefix: '',
  // Between it and this machine there is nobody but who runs the machine.
  isLocal: true,
  feedbackHint: 'Programs rate an answer by `POST /v1/feedback`.',
  promptFacts: '',
};
