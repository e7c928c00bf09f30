import type { PersonId, SpaceId } from './ids.ts';
import type { SleepHours } from './sleep-hours.ts';
import type { Span } from './span.ts';

/** What a space and the people in it have said of when nobody needs the bot. */
export interface SpaceSchedule {
  /** IANA name; absent: the installation's. */
  readonly zone?: string;
  /** Absent: the installation's. None: `ranges` is empty. */
  readonly sleep?: SleepHours;
  readonly people: readonly PersonSchedule[];
  /** A maintainer said that it is open, or closed, for now. */
  readonly manual?: { readonly kind: 'open' | 'closed'; readonly until: number; readonly by: PersonId };
}

export interface PersonSchedule {
  readonly personId: PersonId;
  /** Absent: the space's. */
  readonly zone?: string;
  readonly sleep?: SleepHours;
}

/**
 * What lets a window be open. `sleep`: of the space. `people`: everybody who has said when they are away is. `calendar`: of the space.
 * `idle`: nobody was here for long, and it should stay so. `manual`: a maintainer said so. `person`: somebody wants a run now.
 * `starved`: there was none for so long that what disturbs nobody may work all the same.
 */
export type WindowSignal = 'sleep' | 'people' | 'calendar' | 'idle' | 'manual' | 'person' | 'starved';

/**
 * What keeps a window closed. `message`: somebody wrote a moment ago. `answering`: an answer is under way. `awake`: nobody is known
 * to be away, and not long enough nobody was here. `forecast`: somebody will probably come soon. `short`: too little time is left.
 * `manual`: a maintainer closed it. `follower`: another instance schedules. `starting`: nothing is known yet.
 */
export type WindowBar =
  | 'message'
  | 'answering'
  | 'awake'
  | 'forecast'
  | 'short'
  | 'manual'
  | 'follower'
  | 'starting';

/** Whether the slow loop may run, why, and until when as far as that is known. Instants are epoch milliseconds. */
export type WindowVerdict =
  | {
      readonly isOpen: true;
      /** At least one. */
      readonly by: readonly WindowSignal[];
      /** When it closes at the latest; absent: nobody knows. */
      readonly until?: number;
    }
  | {
      readonly isOpen: false;
      readonly bar: WindowBar;
      /** The space because of which, where one is. */
      readonly spaceId?: SpaceId;
      /** Where `forecast` keeps it closed: how probably all of these spaces stay quiet, 0 … 1. */
      readonly quiet?: number;
      /** When it should open; absent: not within the coming week. */
      readonly nextAt?: number;
      /** By what it should. */
      readonly nextBy?: readonly WindowSignal[];
    };

/** A window as it was. */
export interface PastWindow extends Span {
  readonly openedBy: readonly WindowSignal[];
  /** Why it closed: a bar, or `restart` where the bot was gone. */
  readonly closedBy: WindowBar | 'restart';
  /** How long something worked in it, milliseconds. */
  readonly workedMs: number;
}

/** `waiting`: for a window. `open`: nothing to do in it. `running`: something works. `pausing`: it closed, and what is in flight ends. */
export type ScheduleState = 'waiting' | 'open' | 'running' | 'pausing';

/** Everything that one space adds to the decision, at one moment. */
export interface SpaceSignals {
  readonly spaceId: SpaceId;
  /** When it sleeps, from now on for eight days; merged. */
  readonly sleep: readonly Span[];
  /** When those of its calendars that stand for the whole space are busy; merged. */
  readonly busy: readonly Span[];
  /** When everybody in it who has said so is away; merged. */
  readonly peopleAway: readonly Span[];
  /** More people may be there than those. */
  readonly isShared: boolean;
  readonly manual?: { readonly kind: 'open' | 'closed'; readonly until: number };
  /** The last message, press or reaction; absent: none that is known. */
  readonly lastActivityAt?: number;
  /** How probably nothing comes for so many minutes from an instant on, given that nothing was there before; 0 … 1. */
  quiet(at: number, minutes: number): number;
}
