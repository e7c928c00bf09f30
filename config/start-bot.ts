import { createControlLink } from '../adapters/terminal/control-link.ts';
import type { TerminalLink } from '../adapters/terminal/link.ts';
import type { ProxyStatus } from '../core/commands/context.ts';
import { describeCommands } from '../core/commands/describe-commands.ts';
import { toAppError } from '../core/domain/app-error.ts';
import type { ChannelHealth, ChannelPort, Sink } from '../core/ports/channel.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { HttpMount } from '../core/ports/http-mount.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Logger } from '../core/ports/logger.ts';
import { type ChannelLauncher, type ChannelReport, createChannelLauncher } from './channel-launcher.ts';
import type { ModelChoice } from './choose-model.ts';
import { type ComposedBot, composeBot } from './compose.ts';
import type { CalendarSources } from './compose-calendars.ts';
import type { OpenedEngine } from './compose-engine.ts';
import { createControlMount } from './control-mount.ts';
import { guardWithToken, removeControlToken, writeControlToken } from './control-token.ts';
import { createHealthMounts } from './health-mounts.ts';
import { createHttpListener, type HttpListener } from './http-listener.ts';
import type { LoadedSettings } from './load-settings.ts';
import { openStorage, type Storage } from './storage.ts';
import { unusedSecrets } from './unused-secrets.ts';

export interface StartOptions {
  readonly loaded: LoadedSettings;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly fetch: typeof globalThis.fetch;
  readonly processId: number;
  readonly personName: string;
  /** Told of every change of a platform's state, the first one included. */
  readonly channelChanged?: (report: ChannelReport) => void;
  /** Of this machine. @default UTC */
  readonly machineZone?: string;
  readonly calendars?: CalendarSources;
  readonly telegramApiRoot?: string;
  readonly slackApiRoot?: string;
  readonly discordApiRoot?: string;
  /** Only this way to the person: no listener, no other platform. */
  readonly terminalAlone?: TerminalLink;
  /** In place of the training engine that the settings name. */
  readonly engine?: OpenedEngine;
}

/** A bot that works. */
export interface RunningBot {
  /** Where it listens; absent with the terminal alone. */
  readonly address: string | undefined;
  readonly model: ModelChoice & { readonly description: string };
  channels(): readonly ChannelReport[];
  /** `undefined` where it is off. */
  proxy(): ProxyStatus | undefined;
  /** Resolves when every platform's first attempt to start is over. */
  readonly launched: Promise<void>;
  /** A one-time code that links a person or chat. */
  issueLinkCode(): Promise<string>;
  /** Reads the skill folders again. */
  reloadSkills(): Promise<void>;
  /**
   * Lets answers under way finish and begins no others, closes everything. What people say meanwhile is stored and
   * answered after the next start. Safe to call twice: the second waits for the first.
   */
  stop(): Promise<void>;
  /** Closes the database at once, for a process that cannot go on. */
  abandon(): void;
}

const LISTENER_DEADLINE_MS = 500;
/** After the deadline for answers: so long the last words about it may take. */
const FAREWELL_MS = 4_000;

/** Builds and starts the bot. Rejects with `AppError` after closing what was opened. */
export async function startBot(options: StartOptions): Promise<RunningBot> {
  const { loaded, clock, ids, logger } = options;
  const { settings, homeFolder } = loaded;
  const storage = openStorage(homeFolder, options);
  const listener = createHttpListener({ ...settings.http, clock, logger });
  const control = createControlLink(clock);
  let launchers: readonly ChannelLauncher[] = [];
  let closeBot: () => Promise<void> = async () => {};
  const reports = (): readonly ChannelReport[] => launchers.map((launcher) => launcher.report());

  let address: string | undefined;
  try {
    const composed = await composeBot({
      ...options,
      address: () => (settings.http.publicUrl === '' ? address : settings.http.publicUrl),
      storage,
      terminal: options.terminalAlone ?? control.link,
      terminalAlone: options.terminalAlone !== undefined,
      problems: () => unusedSecrets(loaded),
    });
    closeBot = composed.close;
    const lifetime = createLifetime({ composed, storage, listener, options, closeControl: control.close });
    launchers = lifetime.launchers;

    if (options.terminalAlone === undefined) {
      const token = writeControlToken(homeFolder, ids);
      const guarded = (mount: HttpMount): HttpMount => guardWithToken(mount, token, ids.digest);
      const health = createHealthMounts({
        storage: storage.checkWritable,
        started: lifetime.isReady,
        channels: reports,
      });
      const routes = createControlMount({
        status: () => ({
          processId: options.processId,
          home: homeFolder,
          model: composed.modelDescription,
          channels: reports(),
          counters: composed.counters(),
        }),
        issueLinkCode: () => composed.admission.issueCode(),
        keys: composed.apiKeys.keys,
      });
      for (const mount of composed.proxy?.mounts ?? []) listener.mountRaw(mount);
      for (const mount of [...health, composed.calendarPages, guarded(routes), guarded(control.mount)])
        listener.mount(mount);
      for (const { mounts } of composed.channels) mounts.forEach(listener.mount);
      address = await listener.listen();
      storage.lock.announce({ pid: options.processId, address });
    }
    logger.info('bot_started', {
      address: address ?? null,
      model: composed.modelDescription,
      generation: composed.library.generation(),
    });

    return {
      address,
      model: { ...composed.choice, description: composed.modelDescription },
      channels: reports,
      proxy: () => composed.proxy?.report(),
      launched: lifetime.launch(),
      issueLinkCode: () => composed.admission.issueCode(),
      async reloadSkills() {
        await composed.library.reload();
      },
      stop: lifetime.stop,
      abandon: storage.close,
    };
  } catch (error) {
    await listener.close(0);
    await closeBot().catch(() => undefined);
    if (options.terminalAlone === undefined) removeControlToken(homeFolder);
    storage.close();
    throw error;
  }
}

function healthOf({ state, detail }: ChannelReport): ChannelHealth {
  return { state: state === 'failed' ? 'stopped' : state, ...(detail === undefined ? {} : { detail }) };
}

interface Lifetime {
  readonly launchers: readonly ChannelLauncher[];
  isReady(): boolean;
  launch(): Promise<void>;
  stop(): Promise<void>;
}

interface LifetimeDeps {
  readonly composed: ComposedBot;
  readonly storage: Storage;
  readonly listener: HttpListener;
  readonly options: StartOptions;
  readonly closeControl: () => void;
}

function createLifetime({ composed, storage, listener, options, closeControl }: LifetimeDeps): Lifetime {
  const { loaded, clock, logger } = options;
  const { bot } = composed;
  let isStoring = true;
  let launched = false;
  let stopping: Promise<void> | undefined;

  // Not every platform delivers again what is not taken: a stop takes what comes for as long as it can be stored.
  const sink: Sink = (event) => (isStoring ? bot.sink(event) : Promise.resolve('unavailable'));
  const launchers = composed.channels.map(({ channel }) => {
    const launcher = createChannelLauncher(channel, {
      sink,
      clock,
      logger,
      prepare: () => bot.prepare(seen),
      async attach() {
        bot.attach(seen);
        if (!channel.capabilities.canRegisterCommands) return;
        // A menu is a comfort: without it people can still type.
        await channel.registerCommands(describeCommands()).catch((error: unknown) => {
          logger.warn('commands_not_registered', { platform: channel.platform, error });
        });
      },
      changed: (report) => options.channelChanged?.(report),
    });
    // The channel does not know why its start failed, or that it is tried again.
    const seen: ChannelPort = { ...channel, health: () => healthOf(launcher.report()) };
    return launcher;
  });

  async function stopPlatforms(): Promise<void> {
    await Promise.all(launchers.map((launcher) => launcher.stop()));
  }

  /** Every step is taken, also after one that failed; the first failure is what the stop rejects with. */
  async function stop(): Promise<void> {
    const { drainTimeoutMs } = loaded.settings.lifecycle;
    logger.info('bot_stopping');
    // A platform that hangs would hold up the words that wait for it, and with them the stop.
    const farewell = clock.after(drainTimeoutMs + FAREWELL_MS, () => void stopPlatforms());
    const steps = [
      () => bot.stop(drainTimeoutMs),
      stopPlatforms,
      async () => {
        isStoring = false;
      },
      async () => closeControl(),
      () => listener.close(LISTENER_DEADLINE_MS),
      () => composed.close(),
    ];
    const failures: unknown[] = [];
    for (const step of steps) await step().catch((error: unknown) => failures.push(error));
    farewell.cancel();
    if (options.terminalAlone === undefined) removeControlToken(loaded.homeFolder);
    storage.close();
    if (failures.length > 0) throw toAppError(failures[0]);
    logger.info('bot_stopped');
  }

  return {
    launchers,
    isReady: () => launched && stopping === undefined,
    async launch() {
      bot.start();
      await Promise.all(launchers.map((launcher) => launcher.launch()));
      launched = true;
    },
    stop() {
      stopping ??= stop();
      return stopping;
    },
  };
}
