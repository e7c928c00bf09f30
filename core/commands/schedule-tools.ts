import type { LinkedCalendar } from '../domain/calendar.ts';
import type { CalibrationReport } from '../domain/calibration.ts';
import type { PersonId, SpaceId } from '../domain/ids.ts';
import type { PastWindow, ScheduleState, SpaceSchedule, WindowVerdict } from '../domain/schedule.ts';
import type { SleepHours } from '../domain/sleep-hours.ts';
import type { Span } from '../domain/span.ts';
import type { WallMs } from '../domain/wall-clock.ts';
import type { WeekChart } from '../domain/week-chart.ts';
import type { ChartLook } from '../ports/chart.ts';
import type { ConnectRequest, ConnectStart } from '../schedule/calendar-desk.ts';
import type { ScheduleOwner } from '../schedule/space-schedules.ts';

/** When the slow loop may run for one space, and why. Instants are epoch milliseconds. */
export interface ScheduleReport {
  readonly state: ScheduleState;
  readonly verdict: WindowVerdict;
  /** Whether the window is that of all spaces together: something elsewhere may keep it closed. */
  readonly isEverywhere: boolean;
  readonly schedule: SpaceSchedule;
  /** In force here, with the installation's where nothing was said. */
  readonly zone: string;
  readonly sleep: SleepHours;
  /** How the wall clock of `zone` shows an instant. */
  readonly wallAt: (at: number) => WallMs;
  readonly isAsleep: boolean;
  readonly isBusy: boolean;
  /** Whether everybody who has said when they are away is; absent where nobody has. */
  readonly arePeopleAway?: boolean;
  /** The last message, press, reaction or command; of whom nothing is known: the start. */
  readonly lastActivityAt?: number;
  /** The last that closes a window: no command. Absent: none since the start. */
  readonly lastMessageAt?: number;
  /** Sleep hours, or a busy calendar, in which somebody was active count again after so long without anybody, milliseconds. */
  readonly wokenMs: number;
  /** It is idle from so many milliseconds without anybody on. */
  readonly idleMs: number;
  /** How probably the next quarter of an hour stays quiet; and how much idle time needs. */
  readonly quiet: number;
  readonly neededQuiet: number;
  /** So long after somebody was here the window stays closed whatever else holds, milliseconds. */
  readonly vetoMs: number;
  /** The least that a window must last, milliseconds. */
  readonly leastMs: number;
  readonly calendars: readonly LinkedCalendar[];
  /** Which of them are unknown at present, by number, with why. */
  readonly unknown: readonly { readonly number: number; readonly why: string }[];
  /** The latest last. */
  readonly past: readonly PastWindow[];
  readonly calibration: CalibrationReport;
  /** Since when there was no time to work although something waited; only where that is too long. */
  readonly starvedSince?: number;
}

/** What the coming week would bring, by the profile and what is known of sleep and calendars. */
export interface ScheduleForecast {
  readonly from: number;
  readonly days: readonly {
    /** Midnight by the wall clock. */
    readonly day: WallMs;
    readonly windows: readonly Span[];
    /** Expected milliseconds of training, by many simulated days. */
    readonly expectedMs: number;
    /** How often a message is expected to come while something works, in that day. */
    readonly expectedInterruptions: number;
  }[];
  /** How many weeks were drawn. */
  readonly draws: number;
}

/** The effects behind `schedule`. Every method may reject with an `AppError` whose message is for the person. */
export interface ScheduleTools {
  report(spaceId: SpaceId): Promise<ScheduleReport>;
  /** `undefined`: nothing is said any more. */
  setSleep(spaceId: SpaceId, owner: ScheduleOwner, sleep: SleepHours | undefined): Promise<void>;
  /** The zone as it is spelled. Rejects with `invalid_input` for a name that is none, with what it may have meant. */
  setZone(spaceId: SpaceId, owner: ScheduleOwner, zone: string | undefined): Promise<string>;
  /** `undefined`: as everything else says. */
  setManual(spaceId: SpaceId, manual: SpaceSchedule['manual']): Promise<void>;
  connect(request: ConnectRequest): Promise<ConnectStart>;
  /** Whether `connect` knows how people agree at Google: the operator has set up its side. */
  canConnectGoogle(): boolean;
  /** With the address that the browser ended at, where its page did not open. */
  finish(by: PersonId, address: string): Promise<LinkedCalendar>;
  /** Rejects with `not_found`, and with `not_allowed` for another person's where `isMaintainer` is not set. */
  disconnect(spaceId: SpaceId, number: number, by: PersonId, isMaintainer: boolean): Promise<LinkedCalendar>;
  forecast(spaceId: SpaceId): Promise<ScheduleForecast>;
  week(spaceId: SpaceId): Promise<WeekChart>;
  /** PNG bytes, as `ChartPort.week`. */
  chart(chart: WeekChart, look?: ChartLook): Promise<Uint8Array>;
}
