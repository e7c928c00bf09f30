import { expect, test } from 'vitest';
import { createWorkBudget } from '../../../adapters/ics-calendar/work-budget.ts';

const many = (count: number, one: () => void): void => {
  for (let done = 0; done < count; done += 1) one();
};
const badReply = expect.objectContaining({ name: 'AppError', code: 'bad_reply' });

test('an event may take 200,000 steps and occur 10,000 times; the next has as many', () => {
  const budget = createWorkBudget();
  for (let events = 0; events < 3; events += 1) {
    budget.event();
    many(200_000, budget.step);
    many(10_000, budget.occurrence);
  }
  expect(budget.step).toThrow(badReply);
  expect(budget.occurrence).toThrow(badReply);
});

test('a zone may take 20,000 steps and change 2,000 times, whatever events do meanwhile', () => {
  const budget = createWorkBudget();
  many(200_000, budget.step);
  for (const zone of [budget.zone(), budget.zone()]) {
    many(20_000, zone.step);
    many(2_000, zone.occurrence);
    budget.event();
    expect(zone.step).toThrow(badReply);
    expect(zone.occurrence).toThrow(badReply);
  }
});

test('a zone that is described takes nothing back of what its event has used', () => {
  const budget = createWorkBudget();
  many(200_000, budget.step);
  budget.zone().step();
  expect(budget.step).toThrow(badReply);
});

test('a feed may take three million steps in all, those for its zones too', () => {
  const budget = createWorkBudget();
  for (let events = 0; events < 14; events += 1) {
    budget.event();
    many(200_000, budget.step);
  }
  for (let zones = 0; zones < 9; zones += 1) many(20_000, budget.zone().step);
  budget.event();
  many(20_000, budget.step);
  expect(budget.zone().step).toThrow(badReply);
  expect(budget.step).toThrow(badReply);
});

test('a feed may name 1,000 zones', () => {
  const budget = createWorkBudget();
  many(1_000, budget.zone);
  expect(budget.zone).toThrow(badReply);
});
