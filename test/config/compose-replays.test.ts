import { expect, test } from 'vitest';
import { composeReplays } from '../../config/compose-replays.ts';
import { policyId } from '../../core/domain/policy.ts';
import { sampleConversation } from '../contract/store-samples.ts';
import { turn } from '../core/skills/evolver/samples.ts';
import { modelOf } from '../fakes/model/model-of.ts';
import { mustLoad } from './settings-folder.ts';

const [chat, program] = ['web', 'api'].map((platform) =>
  turn('t1', 'ann', 'How much?', { skills: [], conversation: { ...sampleConversation, platform } }),
);

test('turns of programs are answered by nobody again, and give no prompt to learn from', async () => {
  if (chat === undefined || program === undefined) throw new Error('there are two');
  let asked = 0;
  const model = modelOf('any', () => {
    asked += 1;
    return 'Two.';
  });
  const replays = composeReplays({
    settings: mustLoad({ yaml: '' }).settings,
    stores: {
      turns: { recent: async () => [chat] },
      ledger: { ofTurn: async () => [] },
    },
    library: { version: async () => undefined },
    policies: {
      desk: { servingIn: () => undefined },
      model: { exact: model },
      learnedPersona: () => undefined,
    },
    promptFactsOf: () => '',
    foreignPlatforms: ['api'],
  });
  const never = new AbortController().signal;
  const left = { kind: 'left_out', reason: 'foreign_prompt' };
  for (const as of [{}, { policy: policyId('policy_1') }, { policy: 'configured' as const, skills: [] }]) {
    expect(await replays.answerAgain(program, as, never)).toEqual(left);
  }
  expect(await replays.promptOf(program)).toEqual(left);
  expect(asked).toBe(0);
  expect(await replays.answerAgain(chat, {}, never)).toMatchObject({ kind: 'answer', text: 'Two.' });
  expect(await replays.promptOf(chat)).toMatchObject({ kind: 'prompt' });
  expect(replays.foreignPlatforms).toEqual(['api']);
});
