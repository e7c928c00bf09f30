import { describe, expect, test } from 'vitest';
import { type ReplayAnswerDeps, replayAnswer } from '../../../core/agent/replay-answer.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { policyId } from '../../../core/domain/policy.ts';
import type { ModelPort } from '../../../core/ports/model.ts';
import type { ReplayAnswer } from '../../../core/skills/replay/replay.ts';
import {
  answer,
  callTools,
  createScriptedModel,
  failWith,
  hold,
  type ScriptedStep,
} from '../../fakes/model/scripted-model.ts';
import { direct, row, turn } from '../skills/evolver/samples.ts';

const asked = turn('q1', 'ann', 'How much?', { conversation: direct });
const units = { name: 'units', version: 1, body: 'Give the unit.' };

function setup(step: ScriptedStep, changes: Partial<ReplayAnswerDeps> = {}) {
  const model = createScriptedModel([step], { usage: { inputTokens: 9, outputTokens: 3 } });
  const stop = new AbortController();
  const deps: ReplayAnswerDeps = {
    model,
    turns: { recent: async () => [asked] },
    ledger: { ofTurn: async () => [] },
    persona: 'You help in a kitchen.',
    historyBudgetTokens: 1_000,
    historyTurns: 3,
    promptFactsOf: () => '',
    ...changes,
  };
  const ask = (): Promise<ReplayAnswer> => replayAnswer(asked, [units], deps, stop.signal);
  return { ask, model, stop };
}

describe('an answer made again', () => {
  test('is all of the text, with what it took', async () => {
    const { ask } = setup(answer('300', ' grams.'));
    expect(await ask()).toEqual({
      kind: 'answer',
      text: '300 grams.',
      usage: { inputTokens: 9, outputTokens: 3 },
    });
  });

  test('is asked of the policy, with the persona and the limit that are given, without tools or a memory', async () => {
    const { ask, model } = setup(answer('300 g'), {
      policy: policyId('policy_1'),
      persona: 'Be brief.',
      maxOutputTokens: 50,
    });
    await ask();
    const [request] = model.requests;
    expect(request).toEqual({
      messages: [
        { role: 'system', text: expect.stringMatching(/^Be brief\.\n[\s\S]*Give the unit\./) },
        { role: 'user', text: 'How much?' },
      ],
      tools: [],
      maxOutputTokens: 50,
      policy: 'policy_1',
    });
  });

  test('is asked of the configured model and without a limit where none is given', async () => {
    const { ask, model } = setup(answer('300 g'));
    await ask();
    expect(Object.keys(model.requests[0] ?? {}).toSorted()).toEqual(['messages', 'tools']);
  });

  test('is its text alone where it would call tools', async () => {
    const { ask } = setup(callTools([{ id: 'a', name: 'scales', argumentsJson: '{}' }], 'I look.'));
    expect(await ask()).toMatchObject({ kind: 'answer', text: 'I look.' });
  });
});

describe('there is none', () => {
  test('where the prompt cannot be made again: nothing is asked', async () => {
    const used = [row('q1', 'tool', { kind: 'tool', name: 'scales' })];
    const { ask, model } = setup(answer('x'), { ledger: { ofTurn: async () => used } });
    expect(await ask()).toEqual({ kind: 'left_out', reason: 'used_tools' });
    expect(model.requests).toEqual([]);
  });

  test('where the model fails, after some words or by a throw', async () => {
    const error = new AppError('peer_failed', 'It broke.');
    expect(await setup(failWith(error, 'half')).ask()).toMatchObject({
      kind: 'failed',
      error: { code: 'peer_failed' },
    });
    const throwing: ModelPort = {
      description: 'throws',
      stream() {
        throw error;
      },
    };
    expect(await setup(answer(), { model: throwing }).ask()).toEqual({ kind: 'failed', error });
  });

  test('where it is stopped', async () => {
    const { ask, model, stop } = setup(hold(['half']));
    const ended = ask();
    await model.held();
    stop.abort();
    expect(await ended).toMatchObject({ kind: 'failed', error: { code: 'aborted' } });
  });
});

test('a store that fails is passed on', async () => {
  const broken = new AppError('storage_full', 'The disk is full.');
  const { ask } = setup(answer('x'), { turns: { recent: () => Promise.reject(broken) } });
  await expect(ask()).rejects.toBe(broken);
});
