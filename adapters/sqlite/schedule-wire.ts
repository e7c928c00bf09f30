import type { PastWindow, ScheduleState, WindowBar, WindowSignal } from '../../core/domain/schedule.ts';
import type { StoredSchedule } from '../../core/ports/window-store.ts';
import { isAbsentOr, isArrayOf, isFields, isNumber, isText } from './wire.ts';

const signals: Readonly<Record<WindowSignal, true>> = {
  sleep: true,
  people: true,
  calendar: true,
  idle: true,
  manual: true,
  person: true,
  starved: true,
};

const closings: Readonly<Record<WindowBar | 'restart', true>> = {
  message: true,
  answering: true,
  awake: true,
  forecast: true,
  short: true,
  manual: true,
  follower: true,
  starting: true,
  restart: true,
};

const states: Readonly<Record<ScheduleState, true>> = {
  waiting: true,
  open: true,
  running: true,
  pausing: true,
};

const isState = (value: unknown): value is ScheduleState => isText(value) && Object.hasOwn(states, value);

export const isClosing = (value: unknown): value is PastWindow['closedBy'] =>
  isText(value) && Object.hasOwn(closings, value);

export const isSignals = isArrayOf(
  (value): value is WindowSignal => isText(value) && Object.hasOwn(signals, value),
);

export const isStoredSchedule = (value: unknown): value is StoredSchedule =>
  isFields(value) &&
  isState(value['state']) &&
  isNumber(value['since']) &&
  isAbsentOr(value['openedAt'], isNumber) &&
  isAbsentOr(value['openedBy'], isSignals) &&
  isAbsentOr(value['workedMs'], isNumber) &&
  isAbsentOr(value['seenAt'], isNumber) &&
  isAbsentOr(value['starvedSince'], isNumber);
