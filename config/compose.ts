import { createMarkdown } from '../adapters/markdown/markdown.ts';
import { createMetrics } from '../adapters/system/metrics.ts';
import type { TerminalLink } from '../adapters/terminal/link.ts';
import type { TurnFacts } from '../core/agent/run-turn.ts';
import { isEverTrainable } from '../core/feedback/ever-trainable.ts';
import { holdOutKey } from '../core/feedback/hold-out.ts';
import { createSampledRetention } from '../core/feedback/sampled-retention.ts';
import { type AdmissionDesk, createAdmissionDesk } from '../core/intake/admission.ts';
import type { Bot } from '../core/intake/bot.ts';
import { createSessions } from '../core/intake/sessions.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { HttpMount } from '../core/ports/http-mount.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { ModelPort } from '../core/ports/model.ts';
import type { SkillLibrary } from '../core/skills/library.ts';
import { chooseModel, type ModelChoice } from './choose-model.ts';
import { composeApi } from './compose-api.ts';
import type { ComposedApiKeys } from './compose-api-keys.ts';
import type { CalendarSources } from './compose-calendars.ts';
import { type ComposedChannel, composeChannels } from './compose-channels.ts';
import { composeCommands } from './compose-commands.ts';
import { composeEmbeddings } from './compose-embeddings.ts';
import type { OpenedEngine } from './compose-engine.ts';
import { composeIntake } from './compose-intake.ts';
import { composeJudge, judgeServer } from './compose-judge.ts';
import { composeLearning } from './compose-learning.ts';
import { composeLibrary } from './compose-library.ts';
import { composeLoops } from './compose-loops.ts';
import { bannerOf, composeModel, isRoomy, keptApart, openAnsweringEngine } from './compose-model.ts';
import type { ComposedProxy } from './compose-proxy.ts';
import { composeSchedule } from './compose-schedule.ts';
import type { LoadedSettings } from './load-settings.ts';
import type { Storage } from './storage.ts';
import { withActivity } from './with-activity.ts';
import { withProxy } from './with-proxy.ts';
import { withWorkers } from './with-workers.ts';

export interface ComposeDeps {
  readonly loaded: LoadedSettings;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly fetch: typeof globalThis.fetch;
  /** The way to the person at the keyboard. */
  readonly terminal: TerminalLink;
  /** Only the terminal: no other platform is built. */
  readonly terminalAlone: boolean;
  readonly personName: string;
  /** What is wrong now, for `status`. */
  readonly problems: () => readonly string[];
  /** Where browsers reach the listener, without a last slash; `undefined` while there is none. */
  readonly address?: () => string | undefined;
  /** The time zone of this machine. @default UTC */
  readonly machineZone?: string;
  /** In place of the calendars that the settings name, for tests. */
  readonly calendars?: CalendarSources;
  readonly telegramApiRoot?: string;
  readonly slackApiRoot?: string;
  readonly discordApiRoot?: string;
  /** Answers in place of the model that the settings name, for measurements. */
  readonly model?: ModelPort;
  /** In place of the training engine that the settings name; is closed all the same. */
  readonly engine?: OpenedEngine;
}

/** Everything built and wired, nothing started. */
export interface ComposedBot {
  readonly bot: Bot;
  readonly channels: readonly ComposedChannel[];
  readonly library: SkillLibrary;
  readonly admission: AdmissionDesk;
  readonly choice: ModelChoice;
  /** Counted since the start: events by receipt, turns by end, retries of the model. */
  counters(): Readonly<Record<string, number>>;
  readonly apiKeys: ComposedApiKeys;
  /** Absent where it is off, and with the terminal alone. */
  readonly proxy?: ComposedProxy;
  /** Where browsers come back to from linking a calendar. */
  readonly calendarPages: HttpMount;
  /** What answers: `gpt-5-mini at api.openai.com`. */
  readonly modelDescription: string;
  /** Ends what was opened for the bot beside the storage, once it has stopped. */
  close(): Promise<void>;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Builds the bot from its settings. Rejects with `AppError`; the storage stays the caller's to close. */
export async function composeBot(deps: ComposeDeps): Promise<ComposedBot> {
  const engine = await openAnsweringEngine(deps);
  const closers: Closer[] = [() => deps.storage.exchangeWrites.close()];
  if (engine !== undefined) closers.push(() => engine.trainer.close());
  try {
    return await composeWith(engine, deps, closers);
  } catch (error) {
    for (const close of closers) await close().catch(() => undefined);
    throw error;
  }
}

type Closer = () => Promise<void>;

/** `closers`: of what is open so far; more are added. */
async function composeWith(
  engine: OpenedEngine | undefined,
  deps: ComposeDeps,
  closers: Closer[],
): Promise<ComposedBot> {
  const { loaded, storage, fetch, clock, ids, logger } = deps;
  const around = { fetch, clock, ids, logger };
  const { settings } = loaded;
  const { stores, exchangeWrites, cache } = storage;
  const metrics = createMetrics();
  const markdown = createMarkdown();
  const startedAt = clock.now();

  const key = await holdOutKey(stores.settings, ids);
  const { library, onLabelled } = composeLibrary({ ...around, loaded, stores, key });
  const modelDeps = { ...around, metrics };
  const [choice] = await Promise.all([chooseModel(settings, loaded.secrets, modelDeps), library.reload()]);
  const apart = keptApart(engine);
  const engineDeps = { ...modelDeps, ...apart };
  const model = await composeModel({ choice, engine, given: deps.model }, loaded, engineDeps);

  const sessions = createSessions({
    sessions: stores.sessions,
    soon: exchangeWrites.sessions,
    turns: stores.turns,
    clock,
    ids,
    gapMs: settings.session.gapMinutes * MINUTE_MS,
  });
  const admission = createAdmissionDesk({
    settings: stores.settings,
    cache,
    ids,
    clock,
    listed: [...settings.channels.slack.allow, ...settings.channels.telegram.allow],
  });
  const address = deps.address ?? (() => undefined);
  const api = await composeApi({
    ...modelDeps,
    loaded,
    storage,
    terminalAlone: deps.terminalAlone,
    choice,
    library,
    sessions,
    address,
  });
  const learning = composeLearning(settings, key, ids, api.keys.access.hasConsent);
  const judge = await composeJudge(settings.judge, judgeServer(settings.judge, loaded.secrets, choice), {
    ...around,
    queue: stores.judgeQueue,
    turns: stores.turns,
    ledger: stores.ledger,
    quietTimes: learning.quietTimes,
    mayUse: learning.mayJudge,
  });
  const schedule = await composeSchedule({
    ...around,
    loaded,
    stores,
    cache,
    choice,
    isEngineRoomy: isRoomy(settings, engine),
    address,
    machineZone: deps.machineZone ?? 'UTC',
    ...(deps.calendars === undefined ? {} : { calendars: deps.calendars }),
  });
  const embeddings = await composeEmbeddings({
    ...around,
    loaded,
    choice,
    library,
    vectors: stores.vectors,
    turn: (signal) => schedule.turns.take('embedding', signal),
  });
  const { policies, skills, training } = await composeLoops({
    ...engineDeps,
    loaded,
    stores,
    library,
    choice,
    configured: model,
    ...(engine === undefined ? {} : { engine }),
    ...(deps.engine === undefined ? {} : { trainer: deps.engine.trainer }),
    learning,
    key,
    schedule,
    ...(judge === undefined ? {} : { judge: judge.worker.report }),
    embeddings,
    onLabelled,
    promptFactsOf: (platform) =>
      channels.find(({ channel }) => channel.platform === platform)?.channel.capabilities.promptFacts ?? '',
    markdown,
    onOpened: (close) => void closers.unshift(close),
  });
  const retention = await createSampledRetention({
    turns: stores.turns,
    keepMs: settings.engine.keepDays * DAY_MS,
    clock,
    logger,
  });
  // Where its server is away for now, turns wait for it.
  const isJudged = settings.judge.model !== '';
  const keepsSampled = (turn: TurnFacts): boolean => isEverTrainable(turn, learning.contentPolicy);
  const commands = composeCommands({
    ...around,
    loaded,
    choice,
    model,
    startedAt,
    library,
    stores,
    sessions,
    admission,
    quietTimes: learning.quietTimes,
    contentPolicy: learning.contentPolicy,
    judge,
    embeddings,
    skills,
    training,
    schedule,
    retention,
    proxy: api.proxy,
    platforms: () => channels.map(({ channel }) => channel.platform),
    problems: deps.problems,
  });
  const bot = composeIntake({
    ...around,
    metrics,
    settings,
    stores,
    cache,
    markdown,
    sessions,
    admission,
    library,
    embeddings,
    policies,
    answering: schedule.answering,
    learning,
    isJudged,
    keepsSampled,
    drafts: skills.drafts,
    commands,
  });
  const proxy = api.openProxy({
    rules: { ...learning, isJudged, keepsSampled },
    embeddings,
    policies,
    schedule,
    commands: bot.commands,
  });
  const channels = await composeChannels(deps.terminal, deps.terminalAlone, {
    ...around,
    loaded,
    markdown,
    transcripts: stores.transcripts,
    settingsStore: stores.settings,
    cache,
    personName: deps.personName,
    modelDescription: model.description,
    schedule: schedule.desk,
    banner: bannerOf(choice),
    metrics,
    ...(deps.telegramApiRoot === undefined ? {} : { telegramApiRoot: deps.telegramApiRoot }),
    ...(deps.slackApiRoot === undefined ? {} : { slackApiRoot: deps.slackApiRoot }),
    ...(deps.discordApiRoot === undefined ? {} : { discordApiRoot: deps.discordApiRoot }),
  });
  return {
    // The schedule is there for the others until they have stopped.
    bot: withWorkers(withWorkers(withActivity(withProxy(bot, proxy), schedule.seen), [schedule.worker]), [
      retention,
      ...(judge === undefined ? [] : [judge.worker]),
      ...(embeddings === undefined ? [] : [embeddings.worker]),
      ...skills.workers,
      ...training.workers,
    ]),
    channels,
    counters: metrics.snapshot,
    library,
    admission,
    choice,
    apiKeys: api.keys,
    ...(proxy === undefined ? {} : { proxy }),
    calendarPages: schedule.mount,
    modelDescription: model.description,
    async close() {
      for (const close of closers) await close();
    },
  };
}
