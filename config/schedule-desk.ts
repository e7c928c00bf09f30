import { spoken } from '../core/commands/markdown-text.ts';
import { readInWords } from '../core/commands/schedule-calendar-words.ts';
import type { ScheduleReport, ScheduleTools } from '../core/commands/schedule-tools.ts';
import { windowLines } from '../core/commands/schedule-window-lines.ts';
import type { LinkedCalendar } from '../core/domain/calendar.ts';
import { nativeId, type PersonId, platformOf, type SpaceId } from '../core/domain/ids.ts';
import { sleepInWords } from '../core/domain/sleep-words.ts';
import { MINUTE_MS } from '../core/domain/wall-clock.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { CalendarView, ScheduleDesk } from '../core/ports/schedule-desk.ts';

/** The schedule as a page of one person shows it: the space is an account of theirs. */
export function createScheduleDesk(tools: ScheduleTools, clock: Pick<Clock, 'now'>): ScheduleDesk {
  return {
    async view(spaceId) {
      const report = await tools.report(spaceId);
      const now = clock.now();
      const [window = '', next = ''] = windowLines(report, spaceId, { now, wallAt: report.wallAt });
      return {
        window,
        next: report.verdict.isOpen ? '' : next,
        sleep: report.sleep.ranges.length === 0 ? 'none' : sleepInWords(report.sleep),
        zone: report.zone,
        problems: report.unknown.map(({ number, why }) => `Calendar ${number} is unknown: ${why}`),
        calendars: report.calendars.map((calendar) => viewOf(calendar, report, now)),
        canConnectGoogle: tools.canConnectGoogle(),
      };
    },
    picture: async (spaceId, isDark) => tools.chart(await tools.week(spaceId), { isDark }),
    async connect({ spaceId, by, what, access }) {
      const start = await tools.connect({
        ...{ spaceId, by, what, access, owner: by },
        askedBy: askerOf(by),
        spaceLabel: labelOf(spaceId),
        // Whoever reaches the page has its password, or the machine.
        mayUseServiceAccount: true,
      });
      if (start.kind === 'linked') return { kind: 'linked', label: start.calendar.label };
      const minutes = Math.round(start.expiresInMs / MINUTE_MS);
      const elsewhere =
        start.elsewhereUrl === undefined
          ? ''
          : ' It opens on the machine of the bot alone: from another one link the calendar in the chat, with /schedule calendar connect.';
      return {
        kind: 'open',
        url: start.url,
        hint: `The page that has opened works for ${minutes} minutes.${elsewhere}`,
      };
    },
    async disconnect(spaceId, number, by) {
      return (await tools.disconnect(spaceId, number, by, true)).label;
    },
  };
}

const askerOf = (personId: PersonId): string => `whoever is at the page, as ${nativeId(personId)}`;

const labelOf = (spaceId: SpaceId): string => `the page of this bot (${platformOf(spaceId)})`;

function viewOf(calendar: LinkedCalendar, { unknown }: ScheduleReport, now: number): CalendarView {
  const why = unknown.find(({ number }) => number === calendar.number)?.why;
  const { reading } = calendar;
  const read = reading === undefined ? 'not read yet' : `last read ${spoken(now - reading.readAt)} ago`;
  return {
    number: calendar.number,
    label: calendar.label,
    standing: why === undefined ? `${readInWords(calendar)}; ${read}` : `unknown at present: ${why}`,
  };
}
