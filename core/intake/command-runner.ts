import { commandPolicy } from '../commands/command-policy.ts';
import type { Role } from '../commands/command-spec.ts';
import { completeCommandLine } from '../commands/complete-command-line.ts';
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
import type { ChannelCapabilities } from '../domain/capabilities.ts';
import { encodeConversationKey } from '../domain/conversation.ts';
import type { CommandInvoked, CompletionRequested, HomeOpened, Person } from '../domain/inbound-event.ts';
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
  /** What the person is told; never rejects. */
  run(event: CommandInvoked, channel: ChannelPort): Promise<CommandReply>;
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
  readonly turns: Pick<TurnStore, 'lastWithin' | 'byReply' | 'counts'>;
  readonly ledger: Pick<LedgerStore, 'ofTurn' | 'settlement' | 'count' | 'settlementCounts'>;
  readonly sessions: Pick<Sessions, 'end'>;
  readonly admission: Pick<AdmissionDesk, 'admits' | 'redeem'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Person ids that may use maintainer commands everywhere. */
  readonly maintainers: readonly string[];
  /** What does not change while the bot runs. */
  readonly facts: { readonly version: string; readonly model: string; readonly startedAt: number };
  readonly privacy: () => PrivacyReport;
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
    why: {
      lastTurn: (key) => turns.lastWithin(key),
      byReply: (ref) => turns.byReply(ref),
      async feedback(turnId) {
        const [signals, settlement] = await Promise.all([
          ledger.ofTurn(turnId),
          ledger.settlement(turnId, 'skills'),
        ]);
        return settlement === undefined ? { signals } : { signals, settlement };
      },
    },
    stop: controls,
    sessions: { endSession: (key) => deps.sessions.end(key, 'command') },
    status: {
      report: async () => ({
        version: deps.facts.version,
        uptimeMs: Math.max(0, deps.clock.now() - deps.facts.startedAt),
        model: deps.facts.model,
        problems: deps.problems(),
        channels: controls.channels(),
        work: controls.stats(),
        turns: await turns.counts(),
        signals: await ledger.count(),
        settlements: await ledger.settlementCounts('skills'),
      }),
    },
    privacy: { report: async () => deps.privacy() },
    links: deps.admission,
    clock: deps.clock,
    logger: deps.logger,
  };

  function roleOf(person: Person): Role {
    return person.role ?? (deps.maintainers.includes(person.personId) ? 'maintainer' : 'person');
  }

  return {
    laneOf: (line) => (commandPolicy(line).lane === 'in_order' ? 'in_order' : 'at_once'),
    isForStrangers: (line) => commandPolicy(line).forStrangers,
    async run(event, channel) {
      const invocation: CommandInvocation = {
        line: event.line,
        conversation: event.conversation,
        conversationKey: encodeConversationKey(event.conversation),
        actorId: event.actor.personId,
        role: roleOf(event.actor),
        admission: event.admission,
        isAdmitted: await deps.admission.admits(event.admission),
        capabilities: capabilitiesAt(event.conversation, channel.capabilities),
        ...(event.replyTo === undefined ? {} : { replyTo: event.replyTo }),
      };
      return runCommand(invocation, commandDeps);
    },
    async complete(event) {
      const { spaceId, platform } = event;
      return completeCommandLine(event.line, {
        role: roleOf(event.actor),
        isAdmitted: await deps.admission.admits(event.admission),
        skills: () => deps.library.list({ spaceId, platform }),
      });
    },
    async home({ platform, spaceId, actor, admission }, { capabilities }) {
      const isAdmitted = await deps.admission.admits(admission);
      return homePage({ platform, spaceId, role: roleOf(actor), isAdmitted, capabilities }, commandDeps);
    },
  };
}
