import { describe, expect, test } from 'vitest';
import { type PromptAgainDeps, promptAgain } from '../../../core/agent/prompt-again.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import type { ModelMessage } from '../../../core/domain/model.ts';
import type { Signal } from '../../../core/domain/signal.ts';
import type { Turn } from '../../../core/domain/turn.ts';
import type { ReplaySkill } from '../../../core/skills/replay/replay.ts';
import { sampleTurn } from '../../contract/store-samples.ts';
import { correction, direct, row, turn } from '../skills/evolver/samples.ts';

const units: ReplaySkill = { name: 'units', version: 3, body: 'Give the unit with every number.' };

/** A session of so many turns, `q1` the first. */
const session = (count: number, changes: Partial<Turn> = {}): readonly Turn[] =>
  Array.from({ length: count }, (_, index) =>
    turn(`q${index + 1}`, 'ann', `Question ${index + 1}?`, { conversation: direct, ...changes }),
  );

function depsOf(turns: readonly Turn[], changes: Partial<PromptAgainDeps> = {}): PromptAgainDeps {
  return {
    turns: {
      recent: async (sessionId, limit) => turns.filter((one) => one.sessionId === sessionId).slice(-limit),
    },
    ledger: { ofTurn: async () => [] },
    persona: 'You help in a kitchen.',
    historyBudgetTokens: 10_000,
    historyTurns: 3,
    promptFactsOf: (platform) => `You speak on ${platform}.`,
    ...changes,
  };
}

async function messagesOf(
  of: Turn,
  deps: PromptAgainDeps,
  skills: readonly ReplaySkill[] = [],
): Promise<readonly ModelMessage[]> {
  const again = await promptAgain(of, skills, deps);
  if (again.kind !== 'prompt') throw new Error(again.reason);
  return again.messages;
}

const systemOf = ([first]: readonly ModelMessage[]): string =>
  first?.role === 'system' ? first.text : 'there is no system prompt';
const nth = (turns: readonly Turn[], number: number): Turn => {
  const found = turns[number - 1];
  if (found === undefined) throw new Error(`there is no turn ${number}`);
  return found;
};

describe('the prompt of a stored turn', () => {
  test('has the persona it is given, the facts of its platform, the day it was asked, and exactly these skills', async () => {
    const asked = turn('q1', 'ann', 'How much flour?', {
      conversation: direct,
      startedAt: Date.UTC(2025, 4, 2, 23),
      skills: sampleTurn('q1').skills,
    });
    const deps = depsOf([asked], { persona: 'Be brief.' });
    const system = systemOf(await messagesOf(asked, deps, [units]));
    expect(system).toMatch(/^Be brief\.\n\nYou speak on web\. Today is 2025-05-02 \(UTC\)\.\n\n/);
    expect(system).toContain('<skill name="units" version="3">\nGive the unit with every number.\n</skill>');
    expect(system).not.toContain('short-answers');
    expect(systemOf(await messagesOf(asked, deps))).not.toContain('<skills>');
  });

  test('has the turns before it, the newest that may be, and nothing that came after', async () => {
    const turns = session(6);
    expect(await messagesOf(nth(turns, 5), depsOf(turns))).toEqual([
      { role: 'system', text: expect.any(String) },
      ...[2, 3, 4].flatMap((number) => [
        { role: 'user', text: `Question ${number}?` },
        { role: 'assistant', text: `The answer to q${number}.` },
      ]),
      { role: 'user', text: 'Question 5?' },
    ]);
    const early = [1, 2].map((number) => messagesOf(nth(turns, number), depsOf(turns)));
    expect((await Promise.all(early)).map((messages) => messages.length)).toEqual([2, 4]);
    expect(await messagesOf(nth(turns, 5), depsOf(turns, { historyBudgetTokens: 0 }))).toHaveLength(2);
  });

  test('has its history also where the session went on for long', async () => {
    const turns = session(70);
    // Three before it and it itself are among the last 63.
    const texts = (await messagesOf(nth(turns, 11), depsOf(turns))).map(({ text }) => text);
    expect(texts.slice(1, 7).filter((text) => text.startsWith('Question'))).toEqual([
      'Question 8?',
      'Question 9?',
      'Question 10?',
    ]);
  });

  test('names who speaks where others read along', async () => {
    const asked = turn('q1', 'ann', 'How much?', { askerName: 'Ann' });
    const messages = await messagesOf(asked, depsOf([asked]));
    expect(messages.at(-1)).toEqual({ role: 'user', text: 'Ann: How much?' });
  });

  test('has the request as it was answered, whatever became of it later', async () => {
    const asked = turn('q1', 'ann', 'How much?', { conversation: direct, editedRequestText: 'How many?' });
    expect((await messagesOf(asked, depsOf([asked]))).at(-1)?.text).toBe('How much?');
  });
});

describe('is left out', () => {
  test('where it lies too far back to know what stood before it', async () => {
    const turns = session(70);
    expect(await promptAgain(nth(turns, 2), [], depsOf(turns))).toEqual({
      kind: 'left_out',
      reason: 'no_history',
    });
  });

  test('where a program wrote what stood around its words, whatever else is known of it', async () => {
    const promptFactsOf = (platform: string) => (platform === 'api' ? undefined : '');
    const [own, foreign] = ['web', 'api'].map((platform) =>
      turn('q1', 'ann', 'How much?', { conversation: { ...direct, platform } }),
    );
    if (own === undefined || foreign === undefined) throw new Error('there are two');
    expect(await promptAgain(own, [], depsOf([own], { promptFactsOf }))).toMatchObject({ kind: 'prompt' });
    const left = { kind: 'left_out', reason: 'foreign_prompt' };
    expect(await promptAgain(foreign, [], depsOf([foreign], { promptFactsOf }))).toEqual(left);
    expect(await promptAgain({ ...foreign, requestText: '' }, [], depsOf([], { promptFactsOf }))).toEqual(
      left,
    );
  });

  const asked = nth(session(1), 1);
  const withRows = (...rows: readonly Signal[]): PromptAgainDeps =>
    depsOf([asked], { ledger: { ofTurn: async (id) => (id === asked.turnId ? rows : []) } });

  test('where tools were used, and not where people said something', async () => {
    const said = correction('q1', 'ann', 'No unit.');
    expect(await promptAgain(asked, [], withRows(said))).toMatchObject({ kind: 'prompt' });
    const used = withRows(said, row('q1', 'tool', { kind: 'tool', name: 'search' }));
    expect(await promptAgain(asked, [], used)).toEqual({ kind: 'left_out', reason: 'used_tools' });
  });

  test.each(['', ' \n'])('where there are no words: “%s”', async (requestText) => {
    const wordless = { ...asked, requestText };
    expect(await promptAgain(wordless, [], depsOf([wordless]))).toEqual({
      kind: 'left_out',
      reason: 'no_words',
    });
  });
});

test('a store that fails is passed on', async () => {
  const turns = session(1);
  const broken = new AppError('storage_full', 'The disk is full.');
  const failing = (): Promise<never> => Promise.reject(broken);
  for (const changes of [{ turns: { recent: failing } }, { ledger: { ofTurn: failing } }]) {
    await expect(promptAgain(nth(turns, 1), [], depsOf(turns, changes))).rejects.toBe(broken);
  }
});
