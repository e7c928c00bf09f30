/** What a channel can do, as declared data. Core asks these and never the platform's name. */
export interface ChannelCapabilities {
  /** Longest message, in the channel's own count (`ChannelPort.measure`). */
  readonly maxTextChars: number;
  /** Shortest time between two edits of one message where one person reads, milliseconds. */
  readonly minEditIntervalMs: number;
  /** The same where a group reads. */
  readonly minGroupEditIntervalMs: number;
  readonly canEdit: boolean;
  readonly canRemove: boolean;
  /** Text can be appended to an open message (`openStream`, `append`, `close`) where one person reads. Preferred to edits where true. */
  readonly canStreamNatively: boolean;
  /** What was said in a thread before can be read (`readThread`). */
  readonly canReadThreads: boolean;
  readonly canReact: boolean;
  readonly canSeeReactions: boolean;
  readonly canSeeReactionRemoval: boolean;
  /** `send(…, {privateTo})` reaches one person in a group. */
  readonly canSendPrivately: boolean;
  /**
   * `respond(…, private)` reaches nobody but the asker, however late it is, where a command of the platform's own menu, a
   * press or a form is answered. Where it is a command written as a message that goes by `canSendPrivately`, and this
   * holds wherever that does.
   */
  readonly canAnswerPrivately: boolean;
  readonly canShowActions: boolean;
  /** Answers carry feedback buttons. Needs `canShowActions`. */
  readonly canShowFeedbackButtons: boolean;
  readonly canShowNotes: boolean;
  /** Messages carry pictures (`OutboundMessage.images`). */
  readonly canShowImages: boolean;
  readonly canShowActivity: boolean;
  readonly canOpenForms: boolean;
  readonly canRegisterCommands: boolean;
  readonly canPublishHome: boolean;
  /** Commands may be written as a message, after a mention of the bot. */
  readonly hasWrittenCommands: boolean;
  /** False where nobody is reached but by an answer to what they ask. @default true */
  readonly canTellLater?: false;
  /** A resend with the same `sendKey` shows the message once. */
  readonly hasSendKeys: boolean;
  /** How long after a send its key is still known, milliseconds. Absent: for ever. */
  readonly sendKeyLifeMs?: number;
  /** What people type before a command: `/`, or `/metaclaw `. */
  readonly commandPrefix: string;
  /** What they type in a thread, where the platform's own commands do not work there; absent where they do. */
  readonly threadCommandPrefix?: { readonly direct: string; readonly group: string };
  /** The platform is the operator's own machine: nobody stands between it and the person. */
  readonly isLocal: boolean;
  /** How people rate an answer here, as a sentence for `help`. */
  readonly feedbackHint: string;
  /** One sentence for the model: where it is speaking and what formatting shows there. */
  readonly promptFacts: string;
}

/** What a channel can or cannot do, each a word of {@link ChannelCapabilities}. */
export type CapabilityFlag = Exclude<
  {
    [K in keyof ChannelCapabilities]-?: ChannelCapabilities[K] extends boolean ? K : never;
  }[keyof ChannelCapabilities],
  'isLocal'
>;

/** Why a channel cannot do something: a clause for each flag of its that is false, and for no other. */
export type WhyNot = Readonly<Partial<Record<CapabilityFlag, string>>>;
