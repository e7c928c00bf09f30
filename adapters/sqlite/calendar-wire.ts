import type { CalendarAccess, CalendarReading } from '../../core/domain/calendar.ts';
import type { Span } from '../../core/domain/span.ts';
import { isAbsentOr, isArrayOf, isFields, isNumber, isText } from './wire.ts';

export const isCalendarAccess = (value: string): value is CalendarAccess =>
  value === 'freebusy' || value === 'events';

const isSpan = (value: unknown): value is Span =>
  isFields(value) && isNumber(value['from']) && isNumber(value['to']) && value['from'] < value['to'];

const isSpans = isArrayOf(isSpan);

export const isCalendarReading = (value: unknown): value is CalendarReading =>
  isFields(value) &&
  isSpans(value['busy']) &&
  isSpan(value['asked']) &&
  isNumber(value['readAt']) &&
  isAbsentOr(value['cursor'], isText);
