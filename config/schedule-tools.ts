import type { ScheduleReport, ScheduleTools } from '../core/commands/schedule-tools.ts';
import { AppError } from '../core/domain/app-error.ts';
import type { LinkedCalendar } from '../core/domain/calendar.ts';
import { calibrationReport } from '../core/domain/calibration.ts';
import type { PersonId, SpaceId } from '../core/domain/ids.ts';
import { type PolicyScope, policyScopeKey } from '../core/domain/policy.ts';
import type { PastWindow, SpaceSignals, WindowVerdict } from '../core/domain/schedule.ts';
import { seededDraws } from '../core/domain/seeded-draws.ts';
import { intersectSpans, mergeSpans, type Span, spanAt } from '../core/domain/span.ts';
import { DAY_MS, dayStart, WEEK_MS, wallAt } from '../core/domain/wall-clock.ts';
import { nearestZones } from '../core/domain/zone-suggest.ts';
import type { ChartPort } from '../core/ports/chart.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Ids } from '../core/ports/ids.ts';
import type { RunStore } from '../core/ports/run-store.ts';
import type { TimeZonePort } from '../core/ports/time-zones.ts';
import type { WindowStore } from '../core/ports/window-store.ts';
import type { ActivityMeter } from '../core/schedule/activity-meter.ts';
import { whyUnknown } from '../core/schedule/calendar-known.ts';
import { expectedWindows } from '../core/schedule/expect-window.ts';
import type { Scheduler } from '../core/schedule/scheduler.ts';
import { simulateWeek } from '../core/schedule/simulate-week.ts';
import type { SpaceSchedules } from '../core/schedule/space-schedules.ts';
import type { SpaceSignalsView } from '../core/schedule/space-signals.ts';
import { weekAround, weekChart } from '../core/schedule/week-chart.ts';
import { forecastMinutes, type WindowInput } from '../core/schedule/window-rule.ts';
import type { ComposedCalendars } from './compose-calendars.ts';

export interface ScheduleToolsDeps {
  readonly scheduler: Scheduler;
  readonly schedules: SpaceSchedules;
  readonly meter: Pick<ActivityMeter, 'profile' | 'spaces'>;
  readonly calendars: Pick<ComposedCalendars, 'desk' | 'poller' | 'hasConsent'>;
  readonly signals: SpaceSignalsView;
  readonly windows: Pick<WindowStore, 'past'>;
  readonly runs: Pick<RunStore, 'list'>;
  readonly zones: TimeZonePort;
  readonly scopeOf: (spaceId: SpaceId) => PolicyScope;
  /** Whether the operator has named this person, for whatever space. */
  readonly isTrusted: (personId: PersonId) => boolean;
  readonly rule: Pick<WindowInput, 'vetoMs' | 'wokenMs' | 'idleMs' | 'neededQuiet'>;
  readonly leastMs: () => number;
  readonly chart: Pick<ChartPort, 'week'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Pick<Ids, 'digest' | 'next'>;
}

/** More than a week holds. */
const runsLookedAt = 100;
const forecastDraws = 200;
const nearestShown = 3;

/** What the commands for the schedule work with. */
export function createScheduleTools(deps: ScheduleToolsDeps): ScheduleTools {
  const { scheduler, schedules, meter, calendars, rule, clock } = deps;
  const { desk, poller } = calendars;

  /** How a space is, as if nobody were there from now on. */
  function signalsOf(spaceId: SpaceId): SpaceSignals {
    return deps.signals.of(spaceId, clock.now(), scheduler.lastActivityAt(spaceId));
  }

  function inputOf(scope: PolicyScope): WindowInput {
    const spaces = scope.kind === 'space' ? [scope.spaceId] : meter.spaces();
    return {
      ...rule,
      now: clock.now(),
      spaces: spaces.map(signalsOf),
      isAnswering: false,
      isOpen: scheduler.isOpen(scope),
      leastMs: deps.leastMs(),
    };
  }

  function pastOf(scope: PolicyScope): Promise<readonly PastWindow[]> {
    return deps.windows.past(policyScopeKey(scope), clock.now() - WEEK_MS);
  }

  /** When a run was under way while a window was open, this week: outside it is paused. */
  async function trained(scope: PolicyScope): Promise<readonly Span[]> {
    const now = clock.now();
    const { opened } = scheduler.standing(scope);
    const open = [...(await pastOf(scope)), ...(opened === undefined ? [] : [{ from: opened.at, to: now }])];
    const runs = await deps.runs.list(runsLookedAt, scope);
    const under = runs.map(({ startedAt, endedAt }) => ({ from: startedAt, to: endedAt ?? now }));
    return intersectSpans(mergeSpans(open), mergeSpans(under));
  }

  async function report(spaceId: SpaceId): Promise<ScheduleReport> {
    await schedules.load([spaceId]);
    const now = clock.now();
    const scope = deps.scopeOf(spaceId);
    const rules = schedules.rulesOf(spaceId);
    const signals = signalsOf(spaceId);
    const profile = meter.profile(spaceId);
    const linked = poller.known(spaceId);
    const isAny = linked.some(({ personId }) => personId !== undefined);
    const someoneSaid = isAny || schedules.of(spaceId).people.some(({ sleep }) => sleep !== undefined);
    const { state, starvedSince } = scheduler.standing(scope);
    const { lastActivityAt } = signals;
    const lastMessageAt = scheduler.lastMessageAt(spaceId);
    return {
      state,
      verdict: scheduler.expected(scope),
      isEverywhere: scope.kind === 'everywhere',
      schedule: schedules.of(spaceId),
      zone: rules.zone,
      sleep: schedules.sleepOf(spaceId),
      wallAt: (at) => wallAt(rules, at),
      isAsleep: spanAt(signals.sleep, now) !== undefined,
      isBusy: spanAt(signals.busy, now) !== undefined,
      ...(someoneSaid ? { arePeopleAway: spanAt(signals.peopleAway, now) !== undefined } : {}),
      ...(lastActivityAt === undefined ? {} : { lastActivityAt }),
      ...(lastMessageAt === undefined ? {} : { lastMessageAt }),
      vetoMs: rule.vetoMs,
      wokenMs: rule.wokenMs,
      idleMs: rule.idleMs,
      quiet: quietOf(scheduler.expected(scope)) ?? signals.quiet(now, forecastMinutes),
      neededQuiet: rule.neededQuiet,
      leastMs: deps.leastMs(),
      calendars: linked,
      unknown: linked.flatMap((calendar) => unknownOf(calendar, now)),
      past: await pastOf(scope),
      calibration: calibrationReport(profile),
      ...(scheduler.isStarved(scope) && starvedSince !== undefined ? { starvedSince } : {}),
    };
  }

  return {
    report,
    setSleep: schedules.setSleep,
    async setZone(spaceId, owner, zone) {
      const known = zone === undefined ? undefined : knownZone(zone, deps.zones);
      await schedules.setZone(spaceId, owner, known);
      return known ?? schedules.rulesOf(spaceId, owner === 'space' ? undefined : owner).zone;
    },
    setManual: schedules.setManual,
    connect: (request) =>
      desk.connect({
        ...request,
        mayUseServiceAccount: request.mayUseServiceAccount || deps.isTrusted(request.by),
      }),
    canConnectGoogle: () => calendars.hasConsent,
    finish: desk.finish,
    disconnect: desk.disconnect,
    async forecast(spaceId) {
      await schedules.load([spaceId]);
      const rules = schedules.rulesOf(spaceId);
      const input = inputOf(deps.scopeOf(spaceId));
      const today = dayStart(wallAt(rules, input.now));
      const days = Array.from({ length: WEEK_MS / DAY_MS }, (_, place) => {
        const day = today + place * DAY_MS;
        const from = Math.max(input.now, rules.instantOf(day));
        return { day, span: { from, to: rules.instantOf(day + DAY_MS) } };
      });
      const random = seededDraws(Number.parseInt(deps.ids.digest(deps.ids.next('draw')).slice(0, 8), 16));
      return {
        from: input.now,
        days: simulateWeek({ input, days, draws: forecastDraws, random }),
        draws: forecastDraws,
      };
    },
    async week(spaceId) {
      await schedules.load([spaceId]);
      const scope = deps.scopeOf(spaceId);
      const rules = schedules.rulesOf(spaceId);
      const input = inputOf(scope);
      const week = weekAround(rules, input.now);
      const { busy } = signalsOf(spaceId);
      return weekChart({
        title: 'The week here',
        subtitle:
          scope.kind === 'everywhere' ? 'one window for all places together' : 'by the usual activity',
        now: input.now,
        rules,
        profile: meter.profile(spaceId),
        sleep: deps.signals.sleepWithin(spaceId, week),
        busy,
        past: await trained(scope),
        expected: expectedWindows(input, week.to),
      });
    },
    chart: deps.chart.week,
  };
}

/** Of all spaces whose window it is, where that keeps it closed. */
const quietOf = (verdict: WindowVerdict): number | undefined => (verdict.isOpen ? undefined : verdict.quiet);

function unknownOf(calendar: LinkedCalendar, now: number): ScheduleReport['unknown'] {
  const why = whyUnknown(calendar, now);
  return why === undefined ? [] : [{ number: calendar.number, why }];
}

/** `UTC+2`, `+02:00`. */
const isOffset = (text: string): boolean => /^(?:utc|gmt)?\s*[+-]\s*\d/i.test(text.trim());

function knownZone(text: string, zones: TimeZonePort): string {
  const known = zones.canonical(text);
  if (known !== undefined) return known;
  const nearest = nearestZones(text, zones.names()).slice(0, nearestShown);
  // “Berlin” means one place only.
  const [only] = nearest;
  if (only !== undefined && nearest.length === 1) return only;
  const hint = nearest.length === 0 ? 'such as Europe/Berlin' : `perhaps ${nearest.join(' or ')}`;
  const why = isOffset(text)
    ? 'An offset knows nothing of summer time.'
    : 'I know no time zone of that name.';
  throw new AppError('invalid_input', `${why} Name a continent and a city, ${hint}.`);
}
