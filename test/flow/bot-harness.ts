import { dirname } from 'node:path';
import { createKeyvCache } from '../../adapters/keyv/cache.ts';
import { createMarkdown } from '../../adapters/markdown/markdown.ts';
import { openDatabase } from '../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../adapters/sqlite/stores.ts';
import { type ComposedSkills, composeSkills } from '../../config/compose-skills.ts';
import { replayAnswer } from '../../core/agent/replay-answer.ts';
import type { RunTurnDeps } from '../../core/agent/run-turn.ts';
import type { ChannelCapabilities } from '../../core/domain/capabilities.ts';
import { encodeConversationKey } from '../../core/domain/conversation.ts';
import type { SkillText } from '../../core/domain/skill.ts';
import { defaultBurstLimits } from '../../core/feedback/brigading.ts';
import { type ContentPolicy, mayUse, provenanceOf } from '../../core/feedback/content-door.ts';
import { isEverTrainable } from '../../core/feedback/ever-trainable.ts';
import type { IsHoldOut } from '../../core/feedback/hold-out.ts';
import { defaultPolarity, type PolarityTable } from '../../core/feedback/polarity.ts';
import { type AdmissionDesk, createAdmissionDesk } from '../../core/intake/admission.ts';
import { type Bot, createBot } from '../../core/intake/bot.ts';
import { createCommandRunner } from '../../core/intake/command-runner.ts';
import { createSessions, type Sessions } from '../../core/intake/sessions.ts';
import type { ChannelPort } from '../../core/ports/channel.ts';
import type { ModelPort } from '../../core/ports/model.ts';
import type { ToolPort } from '../../core/ports/tool.ts';
import { audienceOfTurn } from '../../core/skills/audience.ts';
import { createSkillLibrary, type SkillLibrary } from '../../core/skills/library.ts';
import { mustLoad } from '../config/settings-folder.ts';
import { createFakeChannel, type FakeChannel } from '../fakes/channel/fake-channel.ts';
import { openPlatform } from '../fakes/feedback/platform-policies.ts';
import { createScriptedModel, type ScriptedModel, type ScriptedStep } from '../fakes/model/scripted-model.ts';
import { createFakeClock, type FakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';

export interface BotHarnessOptions {
  readonly steps?: readonly ScriptedStep[];
  readonly capabilities?: Partial<ChannelCapabilities>;
  readonly skills?: readonly SkillText[];
  readonly tools?: ToolPort;
  /** The database file; default in memory. */
  readonly path?: string;
  readonly clock?: FakeClock;
  readonly channel?: FakeChannel;
  readonly laneBound?: number;
  readonly maxRunning?: number;
  readonly burstMs?: number;
  readonly listed?: readonly string[];
  /** Wraps the stores, for fault injection. */
  readonly wrap?: (stores: SqliteStores) => SqliteStores;
  readonly wrapChannel?: (channel: ChannelPort) => ChannelPort;
  readonly wrapModel?: (model: ModelPort) => ModelPort;
  /** Default: no conversation is held out, everything is allowed on `fake`, and there is no judge. */
  readonly isHoldOut?: IsHoldOut;
  readonly contentPolicy?: ContentPolicy;
  readonly isJudged?: boolean;
  readonly polarity?: PolarityTable;
  /** Default: what the library finds. */
  readonly skillsFor?: RunTurnDeps['skillsFor'];
  /** Writes skills. Default: none. */
  readonly evolver?: ModelPort;
  /** Compares answers in replays. Default: the one that writes skills. */
  readonly replayJudge?: ModelPort;
  /** As `Experiments.enabled`. Default: false. */
  readonly experiments?: boolean;
}

export interface BotHarness {
  readonly bot: Bot;
  readonly channel: FakeChannel;
  readonly model: ScriptedModel;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly stores: SqliteStores;
  readonly library: SkillLibrary;
  /** What changes the library; its workers run only where a test starts them. */
  readonly skills: ComposedSkills;
  readonly sessions: Sessions;
  readonly admission: AdmissionDesk;
  /** Prepares, starts and attaches the channel. */
  start(): Promise<void>;
  /** Lets timers run until the probe answers; at most `steps` steps of `stepMs`. */
  until<T>(probe: () => T | undefined | false | Promise<T | undefined | false>, what: string): Promise<T>;
  stop(): Promise<void>;
  /** Closes the file without stopping anything, as a killed process would. */
  kill(): void;
}

export const minute = 60_000;
const quietTimes = { skills: 10 * minute, weights: 24 * 60 * minute };
const noTools: ToolPort = {
  list: () => [],
  call: async () => ({ text: 'none', isError: true }),
};
const turnOfLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

let lives = 0;

/** The whole of core over real stores, an in-memory channel, a scripted model, and a clock that the test moves. */
export async function createBotHarness(options: BotHarnessOptions = {}): Promise<BotHarness> {
  const clock = options.clock ?? createFakeClock();
  lives += 1;
  const ids = createSequentialIds(`${lives}.`);
  const logger = createMemoryLogger();
  const database = openDatabase({ path: options.path ?? ':memory:', logger });
  const plain = openStores(database);
  const stores = options.wrap === undefined ? plain : options.wrap(plain);
  const cache = createKeyvCache({ table: stores.keyTable, clock });
  const channel =
    options.channel ??
    createFakeChannel({
      now: () => clock.now(),
      ...(options.capabilities === undefined ? {} : { capabilities: options.capabilities }),
    });
  const model = createScriptedModel(options.steps ?? []);
  const port: ChannelPort = options.wrapChannel === undefined ? channel : options.wrapChannel(channel);
  const modelPort: ModelPort = options.wrapModel === undefined ? model : options.wrapModel(model);
  const markdown = createMarkdown();
  const library = createSkillLibrary({
    source: { load: async () => ({ skills: options.skills ?? [], diagnostics: [] }) },
    store: stores.library,
    samples: stores.samples,
    ids,
    clock,
    logger,
    limits: { topK: 6, budgetTokens: 1_200 },
    experiments: { key: 'k', enabled: options.experiments ?? false, labelledTurnsLastMonth: () => 0 },
  });
  await library.reload();
  const contentPolicy = options.contentPolicy ?? new Map([['fake', openPlatform()]]);
  const { settings } = mustLoad();
  const replays = {
    persona: settings.persona,
    historyBudgetTokens: settings.agent.historyBudgetTokens,
    historyTurns: settings.agent.historyTurns,
    maxOutputTokens: settings.model.maxOutputTokens,
    promptFactsOf: () => channel.capabilities.promptFacts,
  };
  const skills = await composeSkills({
    loaded: { ...mustLoad(), homeFolder: options.path === undefined ? '/nowhere' : dirname(options.path) },
    stores,
    library,
    choice: { kind: 'demo', why: 'for a test' },
    model: modelPort,
    foreignPlatforms: [],
    answerAgain: (turn, { skills: shown = [] }, signal) =>
      replayAnswer(turn, shown, { ...replays, ...stores, model: modelPort }, signal),
    mayEvolve: (turn, hintAuthors) =>
      mayUse('evolve', provenanceOf(turn, hintAuthors), contentPolicy, () => false),
    key: 'k',
    onLabelled: () => {},
    markdown,
    clock,
    ids,
    logger,
    fetch: () => Promise.reject(new Error('no network in tests')),
    helpers: {
      ...(options.evolver === undefined ? {} : { evolver: options.evolver }),
      ...(options.replayJudge === undefined ? {} : { judge: options.replayJudge }),
    },
  });
  const sessions = createSessions({
    sessions: stores.sessions,
    turns: stores.turns,
    clock,
    ids,
    gapMs: 120 * minute,
  });
  const admission = createAdmissionDesk({
    settings: stores.settings,
    cache,
    ids,
    clock,
    listed: options.listed ?? [],
  });
  const metrics = { count: () => {}, snapshot: () => ({}) };
  const bot = createBot({
    ...stores,
    cache,
    model: modelPort,
    tools: options.tools ?? noTools,
    maxToolRounds: 4,
    markdown,
    clock,
    ids,
    logger,
    metrics,
    sessions,
    admission,
    skillsFor:
      options.skillsFor ??
      ((words, conversation, { personId, sessionId }) => {
        const conversationKey = encodeConversationKey(conversation);
        const audience = audienceOfTurn({ conversation, conversationKey, askerId: personId });
        return library.retrieve(words, audience, { sessionId });
      }),
    persona: 'You are a careful assistant.',
    historyBudgetTokens: 4_000,
    historyTurns: 40,
    polarity: options.polarity ?? defaultPolarity,
    quietTimes,
    isJudged: options.isJudged ?? false,
    isHoldOut: options.isHoldOut ?? (() => false),
    contentPolicy,
    isStale: (turn) => library.isStale(turn),
    keepsSampled: (turn) => isEverTrainable(turn, contentPolicy),
    drafts: skills.drafts,
    hasConsent: () => false,
    burstLimits: defaultBurstLimits,
    maintainers: ['fake:maintainer'],
    maxRunning: options.maxRunning ?? 32,
    laneBound: options.laneBound ?? 20,
    burstMs: options.burstMs ?? 1_500,
    commands: (controls) =>
      createCommandRunner({
        controls,
        library,
        skillTools: skills.tools,
        learning: skills.report,
        turns: stores.turns,
        ledger: stores.ledger,
        quietTimes,
        sessions,
        admission,
        clock,
        logger,
        maintainers: ['fake:maintainer'],
        facts: { version: '0.0.0', model: model.description, startedAt: clock.now() },
        privacy: () => ({ dataFolder: '/data', recipients: [], uses: [], carriedOut: [], retention: [] }),
        problems: () => [],
      }),
  });
  return {
    bot,
    channel,
    model,
    clock,
    logger,
    stores,
    library,
    skills,
    sessions,
    admission,
    async start() {
      await bot.prepare(port);
      await channel.start(bot.sink);
      bot.attach(port);
      bot.start();
    },
    async until(probe, what) {
      for (let step = 0; step < 400; step += 1) {
        const found = await probe();
        if (found !== undefined && found !== false) return found;
        await turnOfLoop();
        await clock.advance(step < 20 ? 0 : 100);
      }
      throw new Error(`It never came to: ${what}. On the screen: ${JSON.stringify(channel.texts())}`);
    },
    async stop() {
      await channel.stop();
      const stopping = bot.stop(1_000);
      for (let step = 0; step < 40; step += 1) await clock.advance(100);
      await stopping;
      database.close();
    },
    kill() {
      database.close();
    },
  };
}
