import { commandPolicy } from '../commands/command-policy.ts';
import type { Role } from '../commands/command-spec.ts';
import { completeCommandLine, storedNamesIn } from '../commands/complete-command-line.ts';
import type {
  CommandDeps,
  CommandInvocation,
  PrivacyReport,
  SkillsView,
  StatusReport,
  StopControl,
} from '../commands/context.ts';
import { homePage } from '../commands/home.ts';
import { type CommandReply, runCommand } from '../commands/run-command.ts';
import type { ScheduleTools } from '../commands/schedule-tools.ts';
import type { SkillTools } from '../commands/skill-tools.ts';
import { storedNames } from '../commands/stored-names.ts';
import type { TrainTools } from '../commands/train-tools.ts';
import type { ChannelCapabilities } from '../domain/capabilities.ts';
import { encodeConversationKey } from '../domain/conversation.ts';
import { type Platform, type SpaceId, turnId } from '../domain/ids.ts';
import type { CommandInvoked, CompletionRequested, HomeOpened, Person } from '../domain/inbound-event.ts';
import type { JudgeReport } from '../feedback/judge-worker.ts';
import { recordHold, recordRating, recordRelease } from '../feedback/record-by-command.ts';
import type { QuietTimes } from '../feedback/settlement.ts';
import type { ChannelPort, Choice } from '../ports/channel.ts';
import type { Clock } from '../ports/clock.ts';
import type { LedgerStore } from '../ports/ledger-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { TurnStore } from '../ports/turn-store.ts';
import type { AdmissionDesk } from './admission.ts';
import type { Lanes } from './lanes.ts';
import type { Sessions } from './sessions.ts';

/** How commands are run, seen from the bot. */
export interface CommandRunner {
  laneOf(line: string): 'in_order' | 'at_once';
  isForStrangers(line: string): boolean;
  /** Only asks: when it has become old, nobody waits for it any more. */
  mayLapse(line: string): boolean;
  /** What the person is told; never rejects. */
  run(event: CommandInvoked, channel: Pick<ChannelPort, 'capabilities'>): Promise<CommandReply>;
  complete(event: CompletionRequested): Promise<readonly Choice[]>;
  /** The home page as this person sees it, Markdown. */
  home(event: HomeOpened, channel: ChannelPort): Promise<string>;
}

/** What commands may do to the running bot. */
export interface BotControls extends StopControl {
  stats(): ReturnType<Lanes<unknown>['stats']>;
  channels(): StatusReport['channels'];
}

export interface CommandRunnerDeps {
  readonly controls: BotControls;
  readonly library: SkillsView;
  readonly skillTools: SkillTools;
  /** Absent where nothing can train. */
  readonly training?: TrainTools;
  readonly schedule?: ScheduleTools;
  readonly turns: Pick<TurnStore, 'lastWithin' | 'lastShownWithin' | 'byReply' | 'get' | 'counts'>;
  readonly ledger: Pick<
    LedgerStore,
    'ofTurn' | 'settlement' | 'count' | 'settlementCounts' | 'has' | 'append' | 'schedule' | 'heldTurns'
  >;
  readonly quietTimes: QuietTimes;
  readonly sessions: Pick<Sessions, 'end'>;
  readonly admission: Pick<AdmissionDesk, 'admits' | 'redeem'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Person ids that may use maintainer commands everywhere. */
  readonly maintainers: readonly string[];
  /** What does not change while the bot runs. */
  readonly facts: { readonly version: string; readonly model: string; readonly startedAt: number };
  readonly privacy: (platform: Platform) => PrivacyReport;
  /** Absent where no judge is configured. */
  readonly judge?: () => Promise<JudgeReport>;
  /** How learning is, for `status`. */
  readonly learning?: (
    spaceId: SpaceId,
  ) => Promise<Pick<StatusReport, 'evolver' | 'samples' | 'embeddings' | 'training' | 'schedule' | 'proxy'>>;
  /** What is wrong outside core, as sentences, worst first. */
  readonly problems: () => readonly string[];
}

/** In some threads commands are typed in another way than elsewhere on the platform. */
function capabilitiesAt(
  { threadId, audience }: CommandInvoked['conversation'],
  capabilities: ChannelCapabilities,
): ChannelCapabilities {
  const { threadCommandPrefix } = capabilities;
  if (threadId === undefined || threadCommandPrefix === undefined) return capabilities;
  return { ...capabilities, commandPrefix: threadCommandPrefix[audience] };
}

/** Binds the command catalogue to the running bot. */
export function createCommandRunner(deps: CommandRunnerDeps): CommandRunner {
  const { controls, turns, ledger } = deps;

  const commandDeps: CommandDeps = {
    skills: deps.library,
    skillTools: deps.skillTools,
    ...(deps.training === undefined ? {} : { training: deps.training }),
    ...(deps.schedule === undefined ? {} : { schedule: deps.schedule }),
    turns: {
      lastTurn: (key) => turns.lastWithin(key),
      lastShown: (key) => turns.lastShownWithin(key),
      byReply: (ref) => turns.byReply(ref),
      byId: (id) => turns.get(turnId(id)),
      async feedback(id) {
        const [signals, skills, weights] = await Promise.all([
          ledger.ofTurn(id),
          ledger.settlement(id, 'skills'),
          ledger.settlement(id, 'weights'),
        ]);
        const settlements = {
          ...(skills === undefined ? {} : { skills }),
          ...(weights === undefined ? {} : { weights }),
        };
        return { signals, settlements };
      },
    },
    feedback: { rate: (turn, verdict, words, origin) => recordRating(turn, verdict, words, origin, deps) },
    rewards: {
      hold: (turn, reason, origin) => recordHold(turn, reason, origin, deps),
      release: (turn, origin) => recordRelease(turn, origin, deps),
      async held(spaceId, limit) {
        const ids = await ledger.heldTurns(spaceId, limit);
        return (await Promise.all(ids.map((id) => turns.get(id)))).filter((turn) => turn !== undefined);
      },
    },
    stop: controls,
    sessions: { endSession: (key) => deps.sessions.end(key, 'command') },
    status: {
      report: async (spaceId) => ({
        version: deps.facts.version,
        uptimeMs: Math.max(0, deps.clock.now() - deps.facts.startedAt),
        model: deps.facts.model,
        problems: deps.problems(),
        channels: controls.channels(),
        work: controls.stats(),
        turns: await turns.counts(),
        signals: await ledger.count(),
        settlements: await ledger.settlementCounts('skills'),
        ...(deps.judge === undefined ? {} : { judge: await deps.judge() }),
        ...(deps.learning === undefined ? {} : await deps.learning(spaceId)),
      }),
    },
    privacy: { report: async (platform) => deps.privacy(platform) },
    links: deps.admission,
    clock: deps.clock,
    logger: deps.logger,
  };

  function roleOf(person: Person): Role {
    return person.role ?? (deps.maintainers.includes(person.personId) ? 'maintainer' : 'person');
  }

  return {
    laneOf: (line) => (commandPolicy(line).lane === 'in_order' ? 'in_order' : 'at_once'),
    mayLapse(line) {
      const { lane } = commandPolicy(line);
      return lane === 'beside' || lane === 'overtake';
    },
    isForStrangers: (line) => commandPolicy(line).forStrangers,
    async run(event, channel) {
      const invocation: CommandInvocation = {
        eventId: event.eventId,
        occurredAt: event.occurredAt,
        line: event.line,
        isWritten: event.isWritten === true,
        conversation: event.conversation,
        conversationKey: encodeConversationKey(event.conversation),
        actorId: event.actor.personId,
        actorName: event.actor.displayName,
        role: roleOf(event.actor),
        admission: event.admission,
        isAdmitted: await deps.admission.admits(event.admission),
        capabilities: capabilitiesAt(event.conversation, channel.capabilities),
        ...(event.replyTo === undefined ? {} : { replyTo: event.replyTo }),
      };
      return runCommand(invocation, commandDeps);
    },
    async complete(event) {
      const { spaceId, platform, conversation } = event;
      const audience = {
        platform,
        spaceId,
        conversationKey: encodeConversationKey(conversation),
        personId: event.actor.personId,
        isShared: conversation.audience === 'group',
      };
      const kind = storedNamesIn(event.line);
      const stored = kind === undefined ? [] : await storedNames(kind, spaceId, deps);
      return completeCommandLine(event.line, {
        role: roleOf(event.actor),
        isAdmitted: await deps.admission.admits(event.admission),
        skills: () => [...deps.library.list(audience), ...deps.skillTools.library.resting(audience)],
        stored: (wanted) => (wanted === kind ? stored : []),
      });
    },
    async home({ platform, spaceId, actor, admission }, { capabilities }) {
      const isAdmitted = await deps.admission.admits(admission);
      return homePage({ platform, spaceId, role: roleOf(actor), isAdmitted, capabilities }, commandDeps);
    },
  };
}
