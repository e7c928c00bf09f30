import { createTimeZones } from '../adapters/time-zones/time-zones.ts';
import type { Span } from '../core/domain/span.ts';
import { DAY_MS } from '../core/domain/wall-clock.ts';
import type { BenchOutcome, BenchSize } from './lib/bench-report.ts';
import type { DrawCommunity } from './lib/schedule/community.ts';
import { drawGlobalDiscord } from './lib/schedule/global-discord.ts';
import { measureCommunity } from './lib/schedule/measure-community.ts';
import { drawNightOwls } from './lib/schedule/night-owls.ts';
import { drawOfficeTeam } from './lib/schedule/office-team.ts';
import { drawOnePerson } from './lib/schedule/one-person.ts';
import { aimNote, communityResults } from './lib/schedule/schedule-results.ts';

interface Size {
  readonly seeds: number;
  readonly days: number;
}

const sizes: Readonly<Record<BenchSize, Size>> = {
  full: { seeds: 3, days: 365 },
  smoke: { seeds: 1, days: 8 },
};

const communities: readonly (readonly [name: string, draw: DrawCommunity])[] = [
  ['office team', drawOfficeTeam],
  ['global Discord', drawGlobalDiscord],
  ['night owls', drawNightOwls],
  ['one person', drawOnePerson],
];

/** Windows over a year of made-up communities: what training disturbs, and how much of it there is. */
export async function measure(progress: (line: string) => void, benchSize: BenchSize): Promise<BenchOutcome> {
  const { seeds, days } = sizes[benchSize];
  const from = Date.UTC(2026, 0, 1);
  const span: Span = { from, to: from + days * DAY_MS };
  const zones = createTimeZones();
  const measured = communities.map(([name, draw]) => {
    const runs = Array.from({ length: seeds }, (_, place) => {
      progress(`schedule: ${name}, seed ${place + 1} of ${seeds}`);
      return measureCommunity(draw, span, place + 1, zones);
    });
    return { name, runs };
  });
  return {
    results: measured.flatMap(({ name, runs }) => communityResults(name, runs)),
    notes: [
      ...measured.map(({ name, runs }) => aimNote(name, runs)),
      `${days} days from 1 January 2026, by the event; value: the mean over ${seeds} seeds with lowest and highest; conversations begin by chance at a rate that changes with the hour, in the mean 4 messages (5 of the one person) that come seconds to minutes after the answer before; an answer takes 5 to 40 s`,
      'office team: Europe/Berlin, workdays 8 to 18 with a dip at noon, German holidays, few at the year’s end, fewer in August; a calendar of the team with meetings in which people write less, declined and tentative ones, and birthdays; hours of sleep 22:00 to 06:30',
      'global Discord: people in six zones, more in the evening and at the weekend, and five times as many for an hour and a half every four days; no hours of sleep, no calendar',
      'night owls: Europe/Madrid, active 20:00 to 04:00, nights differ; somebody has set hours of sleep to 23:00 to 07:00',
      'one person: America/New_York, days differ, one night in 20 without sleep, a calendar of their own, hours of sleep 23:30 to 07:00; two weeks in Tokyo of which the bot is not told',
      'ours: the rule, profile, forecast, hours of sleep and busy times of the product, looked at as its scheduler does; calls of 10 s, twelve a step; none goes out after a message; a step that is cut off is made again',
      'reference: hours of sleep 23:00 to 07:00 in UTC, the clock of its server, or idle for 30 minutes, or anything in the calendar; looked at every minute; a step of the same length is never cut off, and a message waits for its end, as its door is shut; its calendar counts all entries, all-day ones from midnight in UTC: as published nothing ever fetches it, which is told besides',
      'oracle: knows every message that will come; trains between the veto, or the answer, and the next message wherever that is 15 minutes or more',
      'overlap: of the training time, that between a message and the end of its answer, the wait for the call in flight included; wait: on an engine that does one thing at a time',
      'share of the oracle’s training: what overlapped nothing; a rule that trains in shorter gaps can have more than all of it',
      'without forecast: idle is enough; without veto: open again as soon as the answer ends; sleep only: neither idle nor calendars; veto only: open three minutes after the last message; asleep again at once: hours of sleep and meetings count again three minutes after a message in them, not after 20; forecast for all: hours of sleep and calendars count only where it should be quiet besides; the thresholds of the last one were found on the first seed',
    ],
  };
}
