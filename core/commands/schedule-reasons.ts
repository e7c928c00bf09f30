import type { SpaceId } from '../domain/ids.ts';
import type { ScheduleState, WindowBar, WindowSignal, WindowVerdict } from '../domain/schedule.ts';
import { enumerated } from './markdown-text.ts';

/** `because`: a clause of now. `occasion`: of a window that was or will be, whatever the tense. Neither says where: a window may be that of many places. */
const signals: Readonly<Record<WindowSignal, { readonly because: string; readonly occasion: string }>> = {
  sleep: { because: 'these are sleep hours', occasion: 'during sleep hours' },
  people: { because: 'everybody is away', occasion: 'with everybody away' },
  calendar: { because: 'a calendar is busy', occasion: 'at a busy time in a calendar' },
  idle: { because: 'nobody has been here for a while', occasion: 'after a quiet while' },
  manual: { because: 'the people who run me said so', occasion: 'as the people who run me said' },
  person: { because: 'somebody wants a run now', occasion: 'for a run that somebody asked for' },
  starved: { because: 'work has waited for too long', occasion: 'after too long a wait' },
};

/** What keeps a window open, to follow on `because`. */
export function signalsInWords(by: readonly WindowSignal[]): string {
  return enumerated(by.map((signal) => signals[signal].because));
}

/** What opened a window, or will: `opened during sleep hours and after a quiet while`. */
export function occasionInWords(by: readonly WindowSignal[]): string {
  return enumerated(by.map((signal) => signals[signal].occasion));
}

/** `elsewhere` names nothing of the other space, nor what is done there. */
const bars: Readonly<Record<WindowBar, { readonly here: string; readonly elsewhere: string }>> = {
  message: { here: 'somebody wrote a moment ago', elsewhere: 'somebody elsewhere wrote a moment ago' },
  answering: { here: 'an answer is under way', elsewhere: 'somebody elsewhere is being answered' },
  awake: {
    here: 'it has not been quiet for long enough, so somebody may still be there',
    elsewhere: 'somebody elsewhere may still be there',
  },
  forecast: {
    here: 'somebody will probably come soon',
    elsewhere: 'somebody elsewhere will probably come soon',
  },
  short: {
    here: 'too little time is left for anything useful',
    elsewhere: 'too little time is left until somebody elsewhere comes',
  },
  manual: { here: 'the people who run me here closed it', elsewhere: 'somebody elsewhere closed it' },
  follower: {
    here: 'another instance of me keeps the schedule',
    elsewhere: 'another instance of me keeps the schedule',
  },
  starting: {
    here: 'I have just started and know nothing yet',
    elsewhere: 'I have just started and know nothing yet',
  },
};

/** What keeps a window closed, a clause. Of another space than `here` it tells only that it is one. */
export function barInWords(
  { bar, spaceId }: Extract<WindowVerdict, { isOpen: false }>,
  here: SpaceId,
): string {
  return bars[bar][spaceId === undefined || spaceId === here ? 'here' : 'elsewhere'];
}

const endings: Readonly<Record<WindowBar | 'restart', string>> = {
  message: 'somebody wrote',
  answering: 'somebody was being answered',
  awake: 'nobody was known to be away any more',
  forecast: 'somebody would probably come soon',
  short: 'too little time was left',
  manual: 'a person closed it',
  follower: 'another instance took over',
  starting: 'nothing was known any more',
  restart: 'I was restarted',
};

/** Why a past window closed, to follow on `because`. */
export function endingInWords(closedBy: WindowBar | 'restart'): string {
  return endings[closedBy];
}

const states: Readonly<Record<ScheduleState, string | undefined>> = {
  waiting: undefined,
  open: 'Nothing works in it at present',
  running: 'Something works in it at present',
  pausing: 'What was under way in it is coming to its end',
};

/** What goes on in it, a sentence without a full stop; `undefined` where there is nothing to say. */
export function stateInWords(state: ScheduleState): string | undefined {
  return states[state];
}
