import type {
  CommandDeps,
  CommandInvocation,
  PrivacyReport,
  StatusReport,
  TurnFeedback,
} from '../../../core/commands/context.ts';
import { encodeConversationKey } from '../../../core/domain/conversation.ts';
import { eventId, personId, sessionId, spaceId, turnId } from '../../../core/domain/ids.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import { isSkillName, type Skill, type SkillDiagnostic } from '../../../core/domain/skill.ts';
import type { Turn } from '../../../core/domain/turn.ts';
import type { Settlement } from '../../../core/ports/ledger-store.ts';
import { createMemoryLogger, type MemoryLogger } from '../../fakes/system/memory-logger.ts';
import { createFakeScheduleTools, type FakeScheduleToolsOptions } from './fake-schedule-tools.ts';
import { createFakeSkillTools, type FakeSkillTools, type FakeSkillToolsOptions } from './fake-skill-tools.ts';
import { createFakeTrainTools, type FakeTrainToolsOptions } from './fake-train-tools.ts';

export const conversation = {
  platform: 'fake',
  spaceId: spaceId('fake', 'space-1'),
  audience: 'group',
  channelId: 'channel-1',
} as const;
export const conversationKey = encodeConversationKey(conversation);
export const now = 1_800_000_000_000;

export function invocation(line: string, changes: Partial<CommandInvocation> = {}): CommandInvocation {
  return {
    eventId: eventId('fake', `command ${line}`),
    occurredAt: now - 500,
    line,
    isWritten: false,
    conversation,
    conversationKey,
    actorId: personId('fake', 'ada'),
    role: 'person',
    admission: { kind: 'open' },
    isAdmitted: true,
    capabilities: {
      commandPrefix: '/',
      feedbackHint: 'React with 👍 or 👎.',
      isLocal: false,
      canReadThreads: false,
      hasWrittenCommands: false,
      canSendPrivately: true,
      canAnswerPrivately: true,
      canShowImages: true,
    },
    ...changes,
  };
}

export function skill(name: string, changes: Partial<Skill> = {}): Skill {
  if (!isSkillName(name)) throw new Error(`${name} is no skill name`);
  return {
    name,
    description: `Use when somebody asks for ${name}.`,
    triggers: [],
    body: `# ${name}\n\nDo it well.`,
    source: `skills/${name}/SKILL.md`,
    version: 1,
    contentHash: `hash-of-${name}`,
    scope: { kind: 'global' },
    origin: { kind: 'files' },
    standing: { state: 'active', isProven: false, isPinned: false, maskedContexts: [], trial: 1, since: 0 },
    ...changes,
  };
}

export function turn(changes: Partial<Turn> = {}): Turn {
  return {
    turnId: turnId('turn_1'),
    conversationKey,
    conversation,
    sessionId: sessionId('session_1'),
    askerId: personId('fake', 'ada'),
    askerName: 'Ada',
    eventIds: [eventId('fake', '1')],
    requestRefs: [{ platform: 'fake', channelId: 'channel-1', messageId: 'm1' }],
    requestText: 'Extract *tables* from this pdf',
    line: 'main',
    isHoldOut: false,
    promptAuthors: [personId('fake', 'ada')],
    generation: 7,
    skills: [],
    maskedSkills: [],
    policy: 'gpt-5-mini',
    promptHash: 'f00d',
    state: 'done',
    replyText: 'Here they are.',
    replyRefs: [{ platform: 'fake', channelId: 'channel-1', messageId: 'm2' }],
    startedAt: now - 60_000,
    firstReplyAt: now - 58_000,
    endedAt: now - 57_500,
    ...changes,
  };
}

export function signal(actor: string, name: string, polarity: number, changes: Partial<Signal> = {}): Signal {
  return {
    eventId: eventId('fake', `${actor}-${name}-${changes.change ?? 'given'}`),
    platform: 'fake',
    spaceId: conversation.spaceId,
    target: { kind: 'turn', turnId: turnId('turn_1') },
    actorId: personId('fake', actor),
    actorIsBot: false,
    change: 'given',
    kind: 'reaction',
    slot: name,
    name,
    polarity,
    authority: 'explicit',
    weight: 1,
    rule: 'test@1',
    occurredAt: now - 1_000,
    recordedAt: now - 1_000,
    ...changes,
  };
}

export function settlementOf(state: Settlement['state'], changes: Partial<Settlement> = {}): Settlement {
  return {
    turnId: turnId('turn_1'),
    use: 'skills',
    state,
    dueAt: now - 1,
    reward: { kind: 'missing' },
    decision: { role: 'statistics', reason: 'no_reward' },
    revision: 1,
    lateSignals: 0,
    ...changes,
  };
}

export const wellStatus: StatusReport = {
  version: '0.1.0',
  uptimeMs: 3 * 3_600_000 + 12 * 60_000,
  model: 'gpt-5-mini at api.openai.com',
  problems: [],
  channels: [
    { platform: 'web', health: { state: 'ready' } },
    { platform: 'fake', health: { state: 'ready' } },
  ],
  work: { running: 1, waiting: 2, conversations: 1 },
  turns: { open: 1, answered: 0, done: 17, failed: 2, stopped: 1, interrupted: 0, delivery_unknown: 0 },
  signals: 5,
  settlements: {
    open: 3,
    settled: 9,
    rewarded: 4,
    held: 0,
    used: 0,
    lateSignals: 0,
    roles: { support: 1, query: 0, hold_out: 1, statistics: 7 },
  },
};

export const privacyReport: PrivacyReport = {
  dataFolder: '/srv/bot/data',
  recipients: [
    { what: 'The model', address: 'api.example.org', receives: 'your messages', isLocal: false },
    { what: 'Embeddings', address: '127.0.0.1:11434', receives: 'skill texts', isLocal: true },
  ],
  uses: [],
  carriedOut: [],
  retention: ['Finished work is forgotten after 8 days'],
};

export interface FakeWorld {
  readonly deps: CommandDeps;
  readonly logger: MemoryLogger;
  readonly calls: readonly string[];
  readonly tools: FakeSkillTools;
}

export interface FakeWorldOptions {
  readonly skills?: readonly Skill[];
  readonly spaceSkills?: readonly Skill[];
  readonly hits?: readonly { readonly skill: Skill; readonly score: number }[];
  readonly diagnostics?: readonly SkillDiagnostic[];
  readonly lastTurn?: Turn;
  readonly lastShown?: Turn;
  readonly repliedTurn?: Turn;
  readonly turnsById?: readonly Turn[];
  readonly held?: readonly Turn[];
  readonly feedback?: TurnFeedback;
  readonly stopped?: { readonly stoppedRun: boolean; readonly dropped: number };
  readonly hadSession?: boolean;
  readonly status?: StatusReport | Error;
  readonly privacy?: PrivacyReport;
  readonly redeem?: 'linked' | 'already_in' | 'wrong_code' | 'throttled';
  readonly tools?: FakeSkillToolsOptions;
  /** Default: nothing can train. */
  readonly training?: FakeTrainToolsOptions;
  /** Default: none is kept. */
  readonly schedule?: FakeScheduleToolsOptions;
}

/** Effects behind the commands that answer from a table and write down what they were asked. */
export function fakeWorld(options: FakeWorldOptions = {}): FakeWorld {
  const logger = createMemoryLogger();
  const calls: string[] = [];
  const tools = createFakeSkillTools({ skills: options.skills ?? [], ...options.tools });
  const skillsFor = (space: string | undefined): readonly Skill[] => [
    ...(options.skills ?? []),
    ...(space === conversation.spaceId ? (options.spaceSkills ?? []) : []),
  ];
  const deps: CommandDeps = {
    skillTools: tools.tools,
    ...(options.training === undefined
      ? {}
      : { training: createFakeTrainTools(options.training, (call) => void calls.push(call)) }),
    ...(options.schedule === undefined
      ? {}
      : { schedule: createFakeScheduleTools(options.schedule, (call) => void calls.push(call)) }),
    skills: {
      generation: () => 7,
      list: (audience) => skillsFor(audience?.spaceId),
      get: (name, audience) => skillsFor(audience?.spaceId).find((known) => known.name === name),
      search(text, limit, audience) {
        calls.push(`search ${text} ${limit} ${audience?.spaceId}`);
        return options.hits ?? [];
      },
      diagnostics: () => options.diagnostics ?? [],
    },
    turns: {
      lastTurn: async (key) => (key === conversationKey ? options.lastTurn : undefined),
      lastShown: async (key) => (key === conversationKey ? options.lastShown : undefined),
      byReply: async () => options.repliedTurn,
      byId: async (id) => (options.turnsById ?? []).find((known) => known.turnId === id),
      feedback: async () => options.feedback ?? { signals: [], settlements: {} },
    },
    feedback: {
      async rate(rated, verdict, words, origin) {
        calls.push(`rate ${rated.turnId} ${verdict} ${words} ${origin.actorId} ${origin.eventId}`);
        return 'stored';
      },
    },
    rewards: {
      async hold(held, reason, origin) {
        calls.push(`hold ${held.turnId} ${reason} ${origin.actorId}`);
        return 'stored';
      },
      async release(held, origin) {
        calls.push(`release ${held.turnId} ${origin.actorId}`);
        return 'stored';
      },
      held: async (space, limit) =>
        space === conversation.spaceId ? (options.held ?? []).slice(0, limit) : [],
    },
    stop: {
      async stop(key, person) {
        calls.push(`stop ${key} ${person}`);
        return options.stopped ?? { stoppedRun: false, dropped: 0 };
      },
    },
    sessions: {
      async endSession(key) {
        calls.push(`end ${key}`);
        return options.hadSession ?? true;
      },
    },
    status: {
      async report() {
        const { status = wellStatus } = options;
        if (status instanceof Error) throw status;
        return status;
      },
    },
    privacy: { report: async () => options.privacy ?? privacyReport },
    links: {
      async redeem(code, admission) {
        calls.push(`redeem ${code} ${admission.kind}`);
        return options.redeem ?? 'linked';
      },
    },
    clock: { now: () => now },
    logger,
  };
  return { deps, logger, calls, tools };
}
