import { expect, test } from 'vitest';
import { blocksIn } from '../../bench/lib/evolve/prompt-blocks.ts';
import { createSeededRandom } from '../../bench/lib/seeded-random.ts';
import { dayParts, daysResults, rightByPart, shareOfFates } from '../../bench/lib/train/days-results.ts';
import { latencyResults } from '../../bench/lib/train/latency.ts';
import { lines, playLine } from '../../bench/lib/train/measure-days.ts';
import { voteOnPair } from '../../bench/lib/train/our-gate.ts';
import { changedKind } from '../../bench/lib/train/stage.ts';
import { createToyTalk } from '../../bench/lib/train/toy-talk.ts';
import { pairPrompt } from '../../core/skills/replay/pairwise-judge.ts';

const { signal } = new AbortController();
const few = { seeds: 1, days: 22, turnsADay: 60 };

function lineOf(name: string) {
  const line = lines.find((one) => one.name === name);
  if (line === undefined) throw new Error(`There is no line ${name}.`);
  return line;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

test('every rule meets the same requests, and each rated answer comes to one end', async () => {
  const off = await playLine(lineOf('off'), 1, few, signal);
  const reference = await playLine(lineOf('reference'), 1, few, signal);
  const ours = await playLine(lineOf('ours loosened'), 1, few, signal);
  for (const { rated, fates, rightByDay } of [off, reference, ours]) {
    expect(rightByDay).toHaveLength(few.days);
    expect(rated).toBe(off.rated);
    expect(sum(Object.values(fates))).toBe(rated);
    expect(Math.min(...Object.values(fates))).toBeGreaterThanOrEqual(0);
  }
  // Until the first run nothing is trained, and the same weights answer the same.
  expect(ours.rightByDay.slice(0, 5)).toEqual(off.rightByDay.slice(0, 5));
  expect(reference.fates['lost as surplus']).toBeGreaterThan(0);
  expect(reference.steps.done).toBeGreaterThan(0);
  // A run was planned, trained and made a candidate out of what was rated; the library took its part.
  expect(ours.fates['trained']).toBeGreaterThanOrEqual(128);
  expect(ours.fates['used as support']).toBeGreaterThan(0);
  expect(ours.fates['no sample: hold_out']).toBeGreaterThan(0);
  expect(ours.policies.length).toBeGreaterThan(0);
  expect(ours.policies[0]?.evidence.replay?.leftOut).toEqual({});
}, 120_000);

test('the same seed gives the same days', async () => {
  const play = () => playLine(lineOf('ours loosened'), 2, { ...few, days: 14 }, signal);
  const [one, other] = [await play(), await play()];
  expect(one.rightByDay).toEqual(other.rightByDay);
  expect(one.fates).toEqual(other.fates);
}, 120_000);

test('the judge’s stand-in reads the real prompt and mostly finds the right answer', () => {
  const talk = createToyTalk(1);
  const all = Array.from({ length: 256 }, (_, at) => [Math.floor(at / 16), at % 16]);
  const right = talk.answerText(all.find((tokens) => talk.isRight(2, tokens)) ?? []);
  const wrong = talk.answerText(all.find((tokens) => !talk.isRight(2, tokens)) ?? []);
  const random = createSeededRandom(1);
  const votes = (a: string, b: string): readonly string[] =>
    Array.from({ length: 200 }, () => {
      const messages = pairPrompt({ request: talk.requestText(2), a, b, hints: [] }, 'mark');
      expect(blocksIn(messages.at(-1)?.text ?? '')).toHaveLength(3);
      return voteOnPair(messages, talk, random);
    });
  const share = (of: readonly string[], better: string): number =>
    of.filter((vote) => vote === JSON.stringify({ better })).length / of.length;
  expect(share(votes(right, wrong), 'A')).toBeGreaterThan(0.8);
  expect(share(votes(wrong, right), 'B')).toBeGreaterThan(0.8);
  expect(share(votes(right, right), 'tie')).toBeGreaterThan(0.8);
  expect(share(votes(right, wrong), 'B')).toBeGreaterThan(0);
});

test('the library changes for each kind in turn, after every twelfth day', () => {
  const changes = Array.from({ length: 84 }, (_, day) => changedKind(day, 6));
  expect(changes.filter((kind) => kind !== undefined)).toEqual([0, 1, 2, 3, 4, 5, 0]);
  expect(changes[11]).toBe(0);
});

test('parts of the days hold every day once', () => {
  const parts = rightByPart(Array.from({ length: 12 }, (_, day) => day));
  expect(parts).toEqual([0.5, 2.5, 4.5, 6.5, 8.5, 10.5]);
  expect(rightByPart([1, 1])).toHaveLength(dayParts);
  expect(shareOfFates({ rated: 4, fates: { trained: 1, waiting: 3 } })).toEqual({
    trained: 0.25,
    waiting: 0.75,
  });
});

test('a rule’s lines are means over seeds, with what an end is missing counted as none', () => {
  const stream = (right: number, fates: Readonly<Record<string, number>>) => ({
    rightByDay: Array.from({ length: 6 }, () => right),
    rated: 10,
    fates,
    steps: { done: 2, skipped: 1 },
    policies: [],
  });
  const results = daysResults('x', [stream(0.4, { trained: 10 }), stream(0.6, { waiting: 10 })]);
  const told = (metric: string) => results.find((result) => result.metric === `x: ${metric}`)?.value;
  expect(told('right answers in sixth 6 of the days')).toBeCloseTo(0.5);
  expect(told('rated answers: trained')).toBeCloseTo(0.5);
  expect(told('rated answers: waiting')).toBeCloseTo(0.5);
  expect(told('optimiser steps')).toBe(2);
});

test('what training adds is the difference of the two halves of a run', () => {
  const half = (delayP99Ms: number) => ({
    stamps: [{ enteredMs: 0, acknowledgedMs: 1, askedMs: 2, endedMs: 10, storedMs: 15, platformMs: 1 }],
    delayP99Ms,
    delayMaxMs: delayP99Ms + 1,
  });
  const results = latencyResults({
    idle: [half(5), half(6), half(7)],
    training: [half(9), half(7), half(17)],
    steps: 3,
  });
  const of = (metric: string) => results.find((result) => result.metric === metric);
  expect(of('event-loop delay p99 that training adds')).toMatchObject({ value: 4, spread: [1, 10] });
  expect(of('our part of a message while training p50')).toMatchObject({
    value: 6,
    vs: { value: 6 },
    ratio: 1,
  });
  expect(of('optimiser steps made beside messages')?.value).toBe(3);
});
