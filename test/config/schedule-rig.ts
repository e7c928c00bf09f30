import { onTestFinished } from 'vitest';
import { openDatabase, type SqliteDatabase } from '../../adapters/sqlite/database.ts';
import { openStores, type SqliteStores } from '../../adapters/sqlite/stores.ts';
import type { ModelChoice } from '../../config/choose-model.ts';
import type { CalendarSources } from '../../config/compose-calendars.ts';
import { type ComposedSchedule, composeSchedule } from '../../config/compose-schedule.ts';
import { type PolicyScope, type RunId, runId } from '../../core/domain/policy.ts';
import { createExpiringCache, createFakeSource, type FakeCalendarSource } from '../fakes/calendars.ts';
import { createFakeClock, type FakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger, type MemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { mustLoad } from './settings-folder.ts';

export interface ScheduleRig {
  readonly schedule: ComposedSchedule;
  readonly clock: FakeClock;
  readonly logger: MemoryLogger;
  readonly stores: SqliteStores;
  readonly feeds: FakeCalendarSource;
}

export interface ScheduleRigOptions {
  readonly yaml?: string;
  readonly variables?: Readonly<Record<string, string>>;
  readonly choice?: ModelChoice;
  readonly machineZone?: string;
  /** Another instance over the same data has the same. */
  readonly database?: SqliteDatabase;
  readonly clock?: FakeClock;
  /** In place of feeds alone. */
  readonly calendars?: CalendarSources;
  /** In front of its ids. */
  readonly life?: string;
  /** The stores as the schedule sees them. */
  readonly around?: (stores: SqliteStores) => SqliteStores;
}

export function memoryDatabase(): SqliteDatabase {
  const database = openDatabase({ path: ':memory:', logger: createMemoryLogger() });
  onTestFinished(() => database.close());
  return database;
}

/** Monday, noon in UTC: nobody is asleep by the settings. */
export async function createScheduleRig(options: ScheduleRigOptions = {}): Promise<ScheduleRig> {
  const { yaml = '', variables, choice = { kind: 'demo', why: 'nothing is set' } } = options;
  const clock = options.clock ?? createFakeClock();
  const logger = createMemoryLogger();
  const stores = openStores(options.database ?? memoryDatabase());
  const feeds = createFakeSource('ics');
  const schedule = await composeSchedule({
    loaded: mustLoad({ yaml, variables: { METACLAW_MODEL_DISCOVER: 'false', ...variables } }),
    stores: options.around?.(stores) ?? stores,
    cache: createExpiringCache(clock),
    choice,
    address: () => 'http://127.0.0.1:8787',
    machineZone: options.machineZone ?? 'UTC',
    isEngineRoomy: false,
    clock,
    ids: createSequentialIds(options.life),
    logger,
    fetch: () => Promise.reject(new Error('nobody is called here')),
    calendars: options.calendars ?? { sources: [feeds] },
  });
  return { schedule, clock, logger, stores, feeds };
}

/** A run of weights that is under way. */
export async function beginRun(
  { runs }: Pick<SqliteStores, 'runs'>,
  scope: PolicyScope,
  startedAt: number,
): Promise<RunId> {
  const id = runId('run_1');
  const plan = {
    ...{ steps: 1, samples: 0, positives: 0, negatives: 0, people: 0, leftOut: {}, settings: {} },
    estimate: { calls: 0, tokens: 0, micros: 0 },
  };
  await runs.begin(
    { runId: id, scope, kind: 'weights', methods: ['kto'], generation: 1, plan, startedAt },
    [],
  );
  return id;
}
