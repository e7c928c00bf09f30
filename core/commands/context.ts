import type { ChannelCapabilities } from '../domain/capabilities.ts';
import type { ContentUse } from '../domain/content-use.ts';
import type { ConversationAddress, ConversationKey } from '../domain/conversation.ts';
import type { EventId, PersonId, Platform, SpaceId, TurnId } from '../domain/ids.ts';
import type { Admission } from '../domain/inbound-event.ts';
import type { MessageRef } from '../domain/message-ref.ts';
import type { Picture } from '../domain/outbound-message.ts';
import type { Signal } from '../domain/signal.ts';
import type { Skill, SkillDiagnostic } from '../domain/skill.ts';
import type { Turn, TurnState } from '../domain/turn.ts';
import type { usesOf } from '../feedback/content-door.ts';
import type { JudgeReport } from '../feedback/judge-worker.ts';
import type { CommandOrigin, Rating } from '../feedback/record-by-command.ts';
import type { ChannelHealth, Form } from '../ports/channel.ts';
import type { Clock } from '../ports/clock.ts';
import type { Settlement, SettlementCounts, SettlementUse } from '../ports/ledger-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { SampleCounts } from '../ports/sample-store.ts';
import type { SkillAudience } from '../skills/audience.ts';
import type { EmbeddingReport } from '../skills/embed-job.ts';
import type { EvolverReport } from '../skills/evolver/evolver-worker.ts';
import type { CommandSpec, Role } from './command-spec.ts';
import type { ScheduleTools } from './schedule-tools.ts';
import type { SkillTools } from './skill-tools.ts';
import type { TrainTools } from './train-tools.ts';

/** A command as it was given, and by whom. */
export interface CommandInvocation {
  readonly eventId: EventId;
  /** By the platform's clock, epoch milliseconds. */
  readonly occurredAt: number;
  readonly line: string;
  /** As `CommandInvoked.isWritten`. */
  readonly isWritten: boolean;
  readonly conversation: ConversationAddress;
  readonly conversationKey: ConversationKey;
  readonly actorId: PersonId;
  /** As the platform shows it; absent where it does not say. Not proof of anything. */
  readonly actorName?: string;
  readonly role: Role;
  readonly admission: Admission;
  readonly isAdmitted: boolean;
  /** The message that the command was a reply to. */
  readonly replyTo?: MessageRef;
  readonly capabilities: Pick<
    ChannelCapabilities,
    | 'commandPrefix'
    | 'feedbackHint'
    | 'isLocal'
    | 'hasWrittenCommands'
    | 'canReadThreads'
    | 'canSendPrivately'
    | 'canAnswerPrivately'
    | 'canShowImages'
    | 'canTellLater'
  >;
}

/** What a handler gets. Arguments are by name; an optional one that was not given is absent. */
export interface CommandCall {
  readonly invocation: CommandInvocation;
  readonly args: Readonly<Record<string, string>>;
  readonly catalogue: readonly CommandSpec[];
  readonly deps: CommandDeps;
}

/** What a handler answers where that is more than words. */
export interface CommandAnswer {
  /** Also what is said where the form cannot be opened, or the pictures not shown. */
  readonly markdown: string;
  readonly images?: readonly Picture[];
  /** Opened in place of the words where the channel can. Only for commands with `opensForm`. */
  readonly form?: Form;
}

/** The effects behind the commands. Every method may reject with an `AppError`. */
export interface CommandDeps {
  readonly skills: SkillsView;
  readonly skillTools: SkillTools;
  /** Absent where nothing can train. */
  readonly training?: TrainTools;
  /** Absent where none is kept. */
  readonly schedule?: ScheduleTools;
  readonly turns: TurnView;
  readonly feedback: FeedbackControl;
  readonly rewards: RewardControl;
  readonly stop: StopControl;
  readonly sessions: SessionControl;
  readonly status: StatusView;
  readonly privacy: PrivacyView;
  readonly links: LinkControl;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
}

/** The library as an audience sees it; `SkillLibrary` is one. */
export interface SkillsView {
  generation(): number;
  /** By name. */
  list(audience?: SkillAudience): readonly Skill[];
  get(name: string, audience?: SkillAudience): Skill | undefined;
  /** Best first. */
  search(text: string, limit?: number, audience?: SkillAudience): readonly SkillHit[];
  diagnostics(): readonly SkillDiagnostic[];
}

export interface SkillHit {
  readonly skill: Skill;
  /** 0 to 1; 0 where only the name matched. */
  readonly score: number;
}

export interface TurnView {
  /** The last turn of a conversation or of a thread in it, whatever its state. */
  lastTurn(key: ConversationKey): Promise<Turn | undefined>;
  /** The same, of those of whose answer something has shown. */
  lastShown(key: ConversationKey): Promise<Turn | undefined>;
  /** The turn whose answer this message is a part of. */
  byReply(ref: MessageRef): Promise<Turn | undefined>;
  byId(turnId: string): Promise<Turn | undefined>;
  feedback(turnId: TurnId): Promise<TurnFeedback>;
}

export interface TurnFeedback {
  /** All rows of the ledger for the turn, retractions too. */
  readonly signals: readonly Signal[];
  /** By what the reward is for; absent where nothing was scheduled yet. */
  readonly settlements: Readonly<Partial<Record<SettlementUse, Settlement>>>;
}

export interface FeedbackControl {
  /** As `recordRating`. */
  rate(
    turn: Turn,
    rating: Rating,
    words: string | undefined,
    origin: CommandOrigin,
  ): Promise<'stored' | 'duplicate'>;
}

export interface RewardControl {
  /** As `recordHold`. */
  hold(turn: Turn, reason: string | undefined, origin: CommandOrigin): Promise<'stored' | 'duplicate'>;
  /** As `recordRelease`. */
  release(turn: Turn, origin: CommandOrigin): Promise<'stored' | 'duplicate'>;
  /** Turns of a space whose reward is held back, the latest held first, at most `limit`. */
  held(spaceId: SpaceId, limit: number): Promise<readonly Turn[]>;
}

export interface StopControl {
  /**
   * Stops the running answer of a conversation and drops what this person has waiting there; in the threads of a
   * conversation, only answers to this person.
   */
  stop(
    key: ConversationKey,
    personId: PersonId,
  ): Promise<{ readonly stoppedRun: boolean; readonly dropped: number }>;
}

export interface SessionControl {
  /** False when there was none. */
  endSession(key: ConversationKey): Promise<boolean>;
}

export interface StatusView {
  /** As it concerns a space: what answers and trains elsewhere is not told. */
  report(spaceId: SpaceId): Promise<StatusReport>;
}

export interface StatusReport {
  readonly version: string;
  readonly uptimeMs: number;
  /** As `ModelPort.description`. */
  readonly model: string;
  /** Sentences about what is wrong, worst first; channels and skills speak for themselves below. */
  readonly problems: readonly string[];
  readonly channels: readonly { readonly platform: string; readonly health: ChannelHealth }[];
  readonly work: { readonly running: number; readonly waiting: number; readonly conversations: number };
  readonly turns: Readonly<Record<TurnState, number>>;
  readonly signals: number;
  /** Of the rewards that skills learn from. */
  readonly settlements: SettlementCounts;
  /** Absent where no judge is configured. */
  readonly judge?: JudgeReport;
  readonly evolver?: EvolverReport;
  readonly samples?: SampleCounts;
  /** Absent where there are no embeddings. */
  readonly embeddings?: EmbeddingReport;
  /** Absent where nothing can train. */
  readonly training?: TrainingStatus;
  /** Absent where none is kept. */
  readonly schedule?: ScheduleStatus;
  /** Absent where it is off. */
  readonly proxy?: ProxyStatus;
}

/** How other programs use what is here. */
export interface ProxyStatus {
  /** Where agents ask, with `/v1`; absent while nothing listens. */
  readonly address?: string;
  /** What answers them, in the order in which it is tried. */
  readonly servers: readonly ProxyServer[];
  /** For answers, since the start. */
  readonly requests: number;
  /** Keys of agents that are not revoked. */
  readonly agentKeys: number;
  /** Programs on the same machine need a key, too. */
  readonly asksHere: boolean;
}

/** A model server behind the proxy. */
export interface ProxyServer {
  readonly name: string;
  /** Whose key it is shown, for programs without a key of ours. */
  readonly key: 'operator' | 'caller' | 'none';
}

/** When the slow loop may run. */
export interface ScheduleStatus {
  /** How the window stands and when the next is expected, to follow on `Window:`. */
  readonly window: string;
  /** Sentences without a full stop. */
  readonly problems: readonly string[];
}

/** How the slow loop is, in a few words each. */
export interface TrainingStatus {
  /** What answers in place of the configured model: `policy 3`. */
  readonly serving?: string;
  /** The run at hand and how far it is: `run 5, step 2 of 8`. */
  readonly run?: string;
  /** What is wrong with it: a sentence without a full stop. */
  readonly problem?: string;
}

export interface PrivacyView {
  /** As it concerns those who write on this platform. */
  report(platform: Platform): Promise<PrivacyReport>;
}

export interface PrivacyReport {
  /** Where everything is kept on the operator's machine; told to nobody else. */
  readonly dataFolder: string;
  /** Everybody outside who receives what people write. */
  readonly recipients: readonly PrivacyRecipient[];
  /** What may be done with what people write beside answering it, by platform. */
  readonly uses: readonly PlatformUses[];
  /** Those uses that something built in here carries out at present; the others are allowed at most. */
  readonly carriedOut: readonly ContentUse[];
  /** Whether the whole prompt of each answer is kept, as a training engine read it. @default false */
  readonly keepsPrompts?: boolean;
  /** How long things are kept, as sentences; none means until the operator deletes them. */
  readonly retention: readonly string[];
  /** How to reach the operator, if they said so. */
  readonly operatorContact?: string;
}

export interface PlatformUses {
  readonly platform: Platform;
  /** As `usesOf`: each use with the platform's term and whether the operator has it on. */
  readonly uses: ReturnType<typeof usesOf>;
  /** How people there agree to what needs their consent. `key`: by what the key says that they use. @default each by themselves */
  readonly consentBy?: 'key';
}

export interface PrivacyRecipient {
  /** `the model`. */
  readonly what: string;
  /** A host, or a model's description. */
  readonly address: string;
  /** What it receives: `your messages, the recent conversation and the skills that fit`. */
  readonly receives: string;
  /** On the operator's own machine. */
  readonly isLocal: boolean;
}

export interface LinkControl {
  /** Admits with a one-time code. */
  redeem(code: string, admission: Admission): Promise<'linked' | 'already_in' | 'wrong_code' | 'throttled'>;
}
