import { createTimeZones } from '../adapters/time-zones/time-zones.ts';
import type { PrivacyRecipient, ScheduleStatus } from '../core/commands/context.ts';
import type { ScheduleTools } from '../core/commands/schedule-tools.ts';
import type { SpaceId } from '../core/domain/ids.ts';
import type { PolicyScope } from '../core/domain/policy.ts';
import { MINUTE_MS } from '../core/domain/wall-clock.ts';
import { createStepTime } from '../core/learning/run/step-time.ts';
import type { CachePort } from '../core/ports/cache.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { HttpMount } from '../core/ports/http-mount.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { Lease } from '../core/ports/lease-store.ts';
import type { Logger } from '../core/ports/logger.ts';
import type { ScheduleDesk } from '../core/ports/schedule-desk.ts';
import type { TimeZonePort } from '../core/ports/time-zones.ts';
import { createActivityMeter } from '../core/schedule/activity-meter.ts';
import { type Answering, createAnswering } from '../core/schedule/answering.ts';
import { createLeader } from '../core/schedule/leader.ts';
import { createScheduler, type Scheduler } from '../core/schedule/scheduler.ts';
import { createSpaceSchedules } from '../core/schedule/space-schedules.ts';
import { createSpaceSignals } from '../core/schedule/space-signals.ts';
import { createWorkTurns, defaultPatienceMs, type WorkTurns } from '../core/schedule/work-turns.ts';
import { sleepSetting } from './check-schedule.ts';
import { type ModelChoice, placeOf } from './choose-model.ts';
import { type CalendarSources, composeCalendars } from './compose-calendars.ts';
import type { LoadedSettings } from './load-settings.ts';
import { createScheduleDesk } from './schedule-desk.ts';
import { scheduleStatus } from './schedule-status.ts';
import { createScheduleTools } from './schedule-tools.ts';
import type { Storage } from './storage.ts';
import type { SeenActivity } from './with-activity.ts';
import type { BackgroundWorker } from './with-workers.ts';

export interface ComposeScheduleDeps {
  readonly loaded: LoadedSettings;
  readonly stores: Storage['stores'];
  readonly cache: CachePort;
  readonly choice: ModelChoice;
  /** Where browsers reach the listener; `undefined` while there is none. */
  readonly address: () => string | undefined;
  /** Of this machine, for people who have not said where they are. */
  readonly machineZone: string;
  /** The engine answers people as fast while it trains: it is somebody's cloud. */
  readonly isEngineRoomy: boolean;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly fetch: typeof globalThis.fetch;
  readonly calendars?: CalendarSources;
}

/** The schedule, wired. */
export interface ComposedSchedule {
  readonly window: Scheduler;
  readonly answering: Answering;
  readonly turns: WorkTurns;
  /** Background work is done by what answers people. */
  readonly disturbs: boolean;
  readonly lease: () => Lease | undefined;
  /** How long a step of training takes, milliseconds. */
  readonly stepMs: () => number;
  /** Never throws. */
  readonly seen: (activity: SeenActivity) => void;
  /** Whoever trains tells whether anything waits for a window of a scope. */
  readonly waitsFor: (waits: (scope: PolicyScope) => Promise<boolean>) => void;
  readonly scopeOf: (spaceId: SpaceId) => PolicyScope;
  readonly tools: ScheduleTools;
  readonly desk: ScheduleDesk;
  readonly status: (spaceId: SpaceId) => Promise<ScheduleStatus>;
  readonly mount: HttpMount;
  /** Ends last of all that works: others give back what they have of it. */
  readonly worker: BackgroundWorker;
  readonly recipients: readonly PrivacyRecipient[];
}

/** A message keeps every window closed for so long. */
const vetoMs = 3 * MINUTE_MS;
/** Whoever was active in hours of sleep is asleep again after so long. */
const wokenMs = 20 * MINUTE_MS;
const neededQuiet = 0.8;
const startRetryMs = 30_000;
/** Training looks within a second of an opening, and at much. */
const graceMs = 15_000;

/** Rejects as the files and stores do that the settings name; nothing works before the worker is started. */
export async function composeSchedule(deps: ComposeScheduleDeps): Promise<ComposedSchedule> {
  const { loaded, stores, clock, ids, logger } = deps;
  const { settings } = loaded;
  const { schedule, training } = settings;
  const zones = createTimeZones();
  const answering = createAnswering(clock);
  const stepTime = createStepTime(stores.runs);
  const leader = createLeader({
    leases: stores.leases,
    name: 'schedule',
    holder: ids.next('instance'),
    clock,
    logger,
  });
  const schedules = createSpaceSchedules({
    settings: stores.settings,
    zones,
    defaults: {
      zone: zones.canonical(schedule.timeZone) ?? databaseName(deps.machineZone, zones),
      sleep: sleepSetting(schedule.sleep),
    },
    onChange(spaceId) {
      signals.changed(spaceId);
      meter.rezone(spaceId);
      scheduler.look();
    },
    logger,
  });
  const meter = createActivityMeter({
    store: stores.activity,
    zoneOf: (spaceId) => (schedules.isLoaded(spaceId) ? schedules.rulesOf(spaceId) : undefined),
    zones,
    clock,
    logger,
  });
  const calendars = await composeCalendars({
    ...deps,
    zones,
    zoneOf: (spaceId) => schedules.rulesOf(spaceId).zone,
    onChange(spaceId) {
      signals.changed(spaceId);
      scheduler.look();
    },
  });
  const signals = createSpaceSignals({ schedules, activity: meter, calendars: calendars.poller });

  const isModelHere = deps.choice.server !== undefined && placeOf(deps.choice.server).isLocal;
  /** What answers everybody is busy with training, or with the search for words, too. */
  const isShared = settings.engine.answers || isModelHere;
  const scopeOf = (spaceId: SpaceId): PolicyScope =>
    training.scope === 'everywhere' ? { kind: 'everywhere' } : { kind: 'space', spaceId };
  const leastMs = (): number => Math.max(schedule.minMinutes * MINUTE_MS, stepTime.ms());
  let waits: (scope: PolicyScope) => Promise<boolean> = async () => false;
  const rule = { vetoMs, wokenMs, idleMs: schedule.idleMinutes * MINUTE_MS, neededQuiet };

  const scheduler = createScheduler({
    windows: stores.windows,
    signals,
    activity: meter,
    answering,
    leads: () => leader.lease() !== undefined,
    vetoBy: isShared ? 'all' : 'own',
    scopeOf,
    mayWorkStarved: () => !isShared || (deps.isEngineRoomy && !isModelHere),
    hasWork: (scope) => waits(scope),
    rule,
    leastMs,
    clock,
    logger,
  });
  leader.onChange(scheduler.look);
  const turns = createWorkTurns({
    window: { isOpen: scheduler.isOpenAnywhere, onChange: scheduler.onChange },
    disturbs: () => isShared,
    isAnswering: answering.isAnswering,
    onAnswering: answering.onChange,
    clock,
    patienceMs: { ...defaultPatienceMs, proof: schedule.patienceMinutes * MINUTE_MS },
    graceMs,
  });
  const tools = createScheduleTools({
    scheduler,
    schedules,
    meter,
    calendars,
    signals,
    windows: stores.windows,
    runs: stores.runs,
    zones,
    scopeOf,
    isTrusted: (personId) => settings.maintainers.includes(personId),
    rule,
    leastMs,
    clock,
    ids,
    chart: {
      async week(chart, look) {
        const { createChart } = await import('../adapters/chart/chart.ts');
        return createChart().week(chart, look);
      },
    },
  });

  /** Only what has worked can have made steps. */
  function measuredWork(scope: PolicyScope): () => void {
    const rest = scheduler.working(scope);
    return () => {
      rest();
      stepTime.measure().catch((error: unknown) => logger.warn('step_not_measured', { error }));
    };
  }

  const stopping = new AbortController();
  async function start(): Promise<void> {
    await meter.start();
    await schedules.load(meter.known());
    await stepTime.measure();
    await scheduler.start();
  }
  /** A store that fails just now does not leave the windows shut until the next start of the bot. */
  async function startInTheEnd(): Promise<void> {
    for (;;) {
      try {
        return await start();
      } catch (error) {
        logger.error('schedule_not_started', { error });
        await clock.sleep(startRetryMs, stopping.signal);
      }
    }
  }
  let starting: Promise<void> = Promise.resolve();

  return {
    window: { ...scheduler, working: measuredWork },
    answering,
    turns,
    disturbs: isShared,
    lease: leader.lease,
    stepMs: stepTime.ms,
    waitsFor(asked) {
      waits = asked;
    },
    seen({ kind, ...activity }) {
      schedules.load([activity.spaceId]).catch((error: unknown) => {
        logger.warn('schedule_not_read', { spaceId: activity.spaceId, error });
      });
      try {
        meter.seen({ ...activity, isPresence: kind !== 'steering' });
        if (kind !== 'steering') scheduler.seen(activity.spaceId, kind);
      } catch (error) {
        // What was said is stored: counting it must not take that back.
        logger.error('activity_not_counted', { spaceId: activity.spaceId, error });
      }
    },
    scopeOf,
    tools,
    desk: createScheduleDesk(tools, clock),
    status: async (spaceId) =>
      scheduleStatus(await tools.report(spaceId), calendars.poller.problems(spaceId), spaceId, clock.now()),
    mount: calendars.mount,
    worker: {
      start() {
        leader.start();
        calendars.poller.start();
        starting = startInTheEnd().catch(() => undefined);
      },
      async stop() {
        stopping.abort();
        turns.stop();
        await starting;
        await Promise.all([calendars.poller.stop(), scheduler.stop()]);
        await meter.stop();
        await leader.stop();
      },
    },
    recipients: calendarRecipients(settings),
  };
}

/** A machine may be set to a name without a place, or to one that is none. */
function databaseName(zone: string, zones: TimeZonePort): string {
  try {
    return zones.rules(zone).zone;
  } catch {
    return 'UTC';
  }
}

/** Whoever has a calendar linked asks its provider when they are busy; of what people write nothing is sent there. */
function calendarRecipients({ calendar }: LoadedSettings['settings']): readonly PrivacyRecipient[] {
  if (calendar.googleClientId === '' && calendar.serviceAccountFile === '') return [];
  return [
    {
      what: 'Google Calendar',
      receives: 'nothing of what you write; it is asked when linked calendars are busy',
      address: 'www.googleapis.com',
      isLocal: false,
    },
  ];
}
