import { expect, test } from 'vitest';
import { calendarPagesAt } from '../../config/compose-calendars.ts';

test.each([
  ['https://bot.example.org', 'https://bot.example.org/calendar'],
  ['https://bot.example.org/below/', 'https://bot.example.org/below/calendar'],
  ['http://127.0.0.1:8787', 'http://127.0.0.1:8787/calendar'],
  ['http://localhost:8787', 'http://localhost:8787/calendar'],
  ['http://[::1]:8787', 'http://[::1]:8787/calendar'],
  // Nobody can be sent back there, and what they carry others could read.
  ['http://0.0.0.0:8787', undefined],
  ['http://192.168.1.7:8787', undefined],
  ['http://bot.example.org', undefined],
  ['http://127.0.0.1.example.org', undefined],
  ['', undefined],
  [undefined, undefined],
])('at %s people find the pages at %s', (address, at) => {
  expect(calendarPagesAt(address)).toBe(at);
});
