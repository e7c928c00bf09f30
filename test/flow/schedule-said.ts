import {
  barInWords,
  endingInWords,
  occasionInWords,
  signalsInWords,
} from '../../core/commands/schedule-reasons.ts';
import { spaceId } from '../../core/domain/ids.ts';
import type { WindowBar, WindowSignal } from '../../core/domain/schedule.ts';

/* What the bot says of its windows, whatever its words for that are. */

const here = spaceId('web', 'here');

export const openBy = (signal: WindowSignal): RegExp =>
  new RegExp(`window is open[^\n]*${signalsInWords([signal])}`);

export const closedBy = (bar: WindowBar): RegExp =>
  new RegExp(`window is closed[^\n]*${barInWords({ isOpen: false, bar }, here)}`);

/** Why no run goes on, as the commands for training say it. */
export const because = (bar: WindowBar): string => barInWords({ isOpen: false, bar }, here);

/** When the next one is, such as `today 23:00`, and by what. */
export const expectedAt = (moment: string, signal: WindowSignal): RegExp =>
  new RegExp(`expected ${moment}[^\n]*${occasionInWords([signal])}`);

/** A window as it was. */
export const wasOpen = (signal: WindowSignal, ending: WindowBar | 'restart'): RegExp =>
  new RegExp(`opened[^\n]*${occasionInWords([signal])}[^\n]*closed[^\n]*${endingInWords(ending)}`);
