import { badFeed } from './errors.ts';

/** What the going through of rules may ask. Each method throws `bad_reply` where it is too much. */
export interface RuleBudget {
  /** Something was looked at. */
  step(): void;
  /** Something occurs. */
  occurrence(): void;
}

/** How much one feed may ask of this machine. Each method throws `bad_reply` where it is too much. */
export interface WorkBudget extends RuleBudget {
  /** Another event begins. */
  event(): void;
  /** Another name of a time zone is met; what its description may ask. */
  zone(): RuleBudget;
}

const maxSteps = 200_000;
const maxOccurrences = 10_000;
const maxStepsInAll = 3_000_000;
/** Twice as many as there are. */
const maxZones = 1_000;
/** Gone through without a rest. */
const maxZoneSteps = 20_000;
const maxZoneChanges = 2_000;

const eventTooMuch = 'An event of this feed repeats too often to be read. Take it out of the feed.';
const zoneTooMuch =
  'A time zone that this feed describes changes too often to be read. Take it out of the feed.';

/** For one reading of one feed: 10,000 occurrences an event, 2,000 changes a time zone, 1,000 names of zones. */
export function createWorkBudget(): WorkBudget {
  let [steps, occurrences, inAll, zones] = [0, 0, 0, 0];

  function countInAll(tooMuch: string): void {
    inAll += 1;
    if (inAll > maxStepsInAll) throw badFeed(tooMuch);
  }

  function zoneBudget(): RuleBudget {
    let [zoneSteps, changes] = [0, 0];
    return {
      step() {
        zoneSteps += 1;
        countInAll(zoneTooMuch);
        if (zoneSteps > maxZoneSteps) throw badFeed(zoneTooMuch);
      },
      occurrence() {
        changes += 1;
        if (changes > maxZoneChanges) throw badFeed(zoneTooMuch);
      },
    };
  }

  return {
    event() {
      steps = 0;
      occurrences = 0;
    },
    step() {
      steps += 1;
      countInAll(eventTooMuch);
      if (steps > maxSteps) throw badFeed(eventTooMuch);
    },
    occurrence() {
      occurrences += 1;
      if (occurrences > maxOccurrences) throw badFeed(eventTooMuch);
    },
    zone() {
      zones += 1;
      if (zones > maxZones) {
        throw badFeed('The times of this feed go by more than 1,000 time zones. Connect another one.');
      }
      return zoneBudget();
    },
  };
}
