import { readFeed } from '../../../adapters/ics-calendar/read-feed.ts';
import type { Span } from '../../../core/domain/span.ts';
import type { TimeZonePort } from '../../../core/ports/time-zones.ts';
import { spring, zones } from './feed-texts.ts';

export interface WatchedFeed {
  readonly busy?: readonly Span[];
  /** What the reading rejected with. */
  readonly failure?: unknown;
  /** How often a name of a zone was looked up. */
  readonly lookUps: number;
  /** How often a clock was asked. */
  readonly questions: number;
  /** The most look-ups and questions between two chances to rest. */
  readonly atOnce: number;
  /** How often it could have rested. */
  readonly chances: number;
}

/** Reads a feed and counts what the reading does. */
export async function watchedFeed(text: string, zone = 'Europe/Berlin'): Promise<WatchedFeed> {
  let [lookUps, questions, atOnce, chances, before] = [0, 0, 0, 0, 0];
  const counted: TimeZonePort = {
    names: zones.names,
    canonical(name) {
      lookUps += 1;
      return zones.canonical(name);
    },
    rules(name) {
      lookUps += 1;
      const rules = zones.rules(name);
      return {
        ...rules,
        offsetMs(at) {
          questions += 1;
          return rules.offsetMs(at);
        },
      };
    },
  };
  function chance(): number {
    atOnce = Math.max(atOnce, lookUps + questions - before);
    before = lookUps + questions;
    chances += 1;
    return 0;
  }
  const reading = readFeed(text, {
    ...{ zones: counted, zone, within: spring },
    monotonicMs: chance,
    breathe: async () => {},
  });
  const outcome = await reading.then(
    ({ busy }) => ({ busy }),
    (failure: unknown) => ({ failure }),
  );
  chance();
  return { ...outcome, lookUps, questions, atOnce, chances };
}
