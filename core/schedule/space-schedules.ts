import type { PersonId, SpaceId } from '../domain/ids.ts';
import type { PersonSchedule, SpaceSchedule } from '../domain/schedule.ts';
import type { SleepHours } from '../domain/sleep-hours.ts';
import type { ZoneRules } from '../domain/wall-clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { SettingsStore } from '../ports/settings-store.ts';
import type { TimeZonePort } from '../ports/time-zones.ts';
import { emptySchedule, readSchedule } from './read-schedule.ts';

/** Of whom something is said: one person in a space, or all of it. */
export type ScheduleOwner = PersonId | 'space';

/** What spaces have said of when nobody needs the bot. Changes are on disk when they resolve, and reject as the store does. */
export interface SpaceSchedules {
  /** Reads what is stored of these spaces, where that was not done yet. */
  load(spaces: readonly SpaceId[]): Promise<void>;
  isLoaded(spaceId: SpaceId): boolean;
  /** Of a space that was not loaded: as if nothing had been said. */
  of(spaceId: SpaceId): SpaceSchedule;
  /** The zone in force: what was said for the person, the space, or the installation. */
  rulesOf(spaceId: SpaceId, personId?: PersonId): ZoneRules;
  /** In force for the space. */
  sleepOf(spaceId: SpaceId): SleepHours;
  setSleep(spaceId: SpaceId, owner: ScheduleOwner, sleep: SleepHours | undefined): Promise<void>;
  /** `zone` as it is spelled. */
  setZone(spaceId: SpaceId, owner: ScheduleOwner, zone: string | undefined): Promise<void>;
  setManual(spaceId: SpaceId, manual: SpaceSchedule['manual']): Promise<void>;
}

export interface SpaceSchedulesDeps {
  readonly settings: Pick<SettingsStore, 'get' | 'set'>;
  readonly zones: TimeZonePort;
  /** The installation's, where nothing else is said. */
  readonly defaults: { readonly zone: string; readonly sleep: SleepHours };
  /** Called after something was changed, or loaded. */
  readonly onChange: (spaceId: SpaceId) => void;
  readonly logger: Logger;
}

const settingsKey = 'schedule';

export function createSpaceSchedules(deps: SpaceSchedulesDeps): SpaceSchedules {
  const { settings, zones, defaults, logger } = deps;
  const known = new Map<SpaceId, SpaceSchedule>();
  const tails = new Map<SpaceId, Promise<unknown>>();
  const rulesByName = new Map<string, ZoneRules>();

  async function read(spaceId: SpaceId): Promise<SpaceSchedule> {
    const schedule = known.get(spaceId);
    if (schedule !== undefined) return schedule;
    const stored = readSchedule(await settings.get(spaceId, settingsKey));
    known.set(spaceId, stored);
    return stored;
  }

  /** One thing of a space after another: none overwrites what the one before has written, nor reads what it replaces. */
  function inTurn(spaceId: SpaceId, work: () => Promise<void>): Promise<void> {
    const next = (tails.get(spaceId) ?? Promise.resolve()).then(work);
    tails.set(
      spaceId,
      next.catch(() => undefined),
    );
    return next;
  }

  function change(spaceId: SpaceId, changed: (schedule: SpaceSchedule) => SpaceSchedule): Promise<void> {
    return inTurn(spaceId, async () => {
      const schedule = changed(await read(spaceId));
      await settings.set(spaceId, settingsKey, schedule);
      known.set(spaceId, schedule);
      deps.onChange(spaceId);
    });
  }

  async function load(spaceId: SpaceId): Promise<void> {
    if (known.has(spaceId)) return;
    await read(spaceId);
    deps.onChange(spaceId);
  }

  /** A zone that this machine no longer knows does not stop the rest. */
  function rules(zone: string): ZoneRules {
    const made = rulesByName.get(zone) ?? makeRules(zone);
    rulesByName.set(zone, made);
    return made;
  }

  function makeRules(zone: string): ZoneRules {
    try {
      return zones.rules(zone);
    } catch {
      logger.warn('zone_unknown', { zone });
      return zones.rules(defaults.zone);
    }
  }

  const of = (spaceId: SpaceId): SpaceSchedule => known.get(spaceId) ?? emptySchedule;

  return {
    async load(spaces) {
      for (const spaceId of spaces) {
        if (!known.has(spaceId)) await inTurn(spaceId, () => load(spaceId));
      }
    },
    isLoaded: (spaceId) => known.has(spaceId),
    of,
    rulesOf(spaceId, personId) {
      const { zone, people } = of(spaceId);
      const own = people.find((person) => person.personId === personId)?.zone;
      return rules(own ?? zone ?? defaults.zone);
    },
    sleepOf: (spaceId) => of(spaceId).sleep ?? defaults.sleep,
    setSleep: (spaceId, owner, sleep) => change(spaceId, (schedule) => withSaid(schedule, owner, { sleep })),
    setZone: (spaceId, owner, zone) => change(spaceId, (schedule) => withSaid(schedule, owner, { zone })),
    setManual: (spaceId, manual) =>
      change(spaceId, ({ manual: _, ...schedule }) =>
        manual === undefined ? schedule : { ...schedule, manual },
      ),
  };
}

type Said = { readonly sleep: SleepHours | undefined } | { readonly zone: string | undefined };

/** The schedule with something else said, or no longer said, of somebody. Of whom nothing is said any more, nothing is kept. */
function withSaid(schedule: SpaceSchedule, owner: ScheduleOwner, said: Said): SpaceSchedule {
  if (owner === 'space') return { ...defined({ ...schedule, ...said }), people: schedule.people };
  const before = schedule.people.find(({ personId }) => personId === owner);
  const others = schedule.people.filter(({ personId }) => personId !== owner);
  const person: PersonSchedule = { ...defined({ ...before, ...said }), personId: owner };
  const isEmpty = person.sleep === undefined && person.zone === undefined;
  return { ...schedule, people: isEmpty ? others : [...others, person] };
}

interface Hours {
  readonly zone?: string | undefined;
  readonly sleep?: SleepHours | undefined;
  readonly manual?: SpaceSchedule['manual'];
}

function defined({ zone, sleep, manual }: Hours): Omit<SpaceSchedule, 'people'> {
  return {
    ...(zone === undefined ? {} : { zone }),
    ...(sleep === undefined ? {} : { sleep }),
    ...(manual === undefined ? {} : { manual }),
  };
}
