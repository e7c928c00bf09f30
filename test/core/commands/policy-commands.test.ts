import { describe, expect, test } from 'vitest';
import { type Policy, policyId, runId } from '../../../core/domain/policy.ts';
import { conversation, type FakeWorld, fakeWorld, invocation } from './command-fixtures.ts';
import { elsewhere, type FakeTrainToolsOptions, policy, run, shown } from './fake-train-tools.ts';
import { told } from './told.ts';

const maintainer = { role: 'maintainer' } as const;
const everywhere = { kind: 'everywhere' } as const;
const { capabilities } = invocation('');

interface Said {
  readonly text: string;
  readonly calls: FakeWorld['calls'];
}

async function say(
  line: string,
  training: FakeTrainToolsOptions,
  changes: object = maintainer,
): Promise<Said> {
  const world = fakeWorld({ training });
  return { text: await told(line, world, changes), calls: world.calls };
}

const tested = policy(3, {
  state: 'serving',
  reason: 'it won',
  version: 2,
  isPinned: true,
  parentId: policyId('policy_2'),
  runId: runId('run_5'),
  evidence: {
    replay: {
      wins: 40,
      ties: 9,
      losses: 12,
      better: 25.04,
      worse: 0.01,
      leftOut: { no_prompt: 2, 'the judge was silent': 4 },
    },
    probes: { passed: 23, failed: ['flatter-a-bad-plan'] },
    live: { sessions: 31, others: 280, mean: 0.41, harm: 12_345 },
  },
});

describe('policy list', () => {
  test('a line for each, of this place and of all', async () => {
    const policies = [
      tested,
      policy(2, { state: 'superseded', scope: everywhere }),
      policy(1, { scope: elsewhere }),
    ];
    const { text } = await say('policy list', { policies }, {});
    expect(text).toBe(
      [
        '**Policies**, the latest first',
        '',
        '- **Policy 3**, version 2, trained weights: serving, pinned, for 2 days; replay 40 won, 9 even, 12 lost, 1 probe failed and 31 sessions with people',
        '- **Policy 2**, version 2, trained weights, for everybody everywhere: served until a later one did, for 2 days; not tested yet',
        '',
        'One in full: /policy show <policy>',
      ].join('\n'),
    );
    expect((await say('policies', { policies }, {})).text).toBe(text);
  });

  test('that none serves, or none is there, is told', async () => {
    const { text } = await say('policy list', { policies: [policy(2, { state: 'discarded' })] });
    expect(text).toContain('None of these serves');
    expect((await say('policy list', {})).text).toContain('nothing else was made yet');
  });
});

describe('policy show', () => {
  test('everything that speaks for it and against it', async () => {
    const { text } = await say('policy show 3', {
      policies: [tested, policy(2)],
      runs: [shown(run(5))],
    });
    expect(text).toBe(
      [
        '**Policy 3**: serving, pinned: it won',
        '- Version 2, for everybody here; in this state for 2 days',
        '- It is trained weights of Qwen/Qwen3-8B',
        '- Made 3 days ago by run 5, from policy 2',
        '',
        '**Against what serves, on conversations kept out of learning**',
        '- 40 won, 9 even, 12 lost',
        '- Evidence that it is better: 25.0; that it is worse: 0.0',
        '- Could not be compared',
        '  - 4: the judge was silent',
        '  - 2: its prompt can no longer be put together',
        '',
        '**Probes of safety and flattery**',
        '- 23 passed, 1 failed',
        '- Failed, and what serves passes it: flatter-a-bad-plan',
        '',
        '**With people**',
        '- 31 sessions, mean rating +0.41',
        '- Beside them 280 sessions without it, not rated yet',
        '- Evidence that it does harm: 1.2e+4',
      ].join('\n'),
    );
  });

  test('an untested one, of an earlier run; how to have it answer', async () => {
    const { text } = await say('policy show 2', { policies: [policy(2)] });
    expect(text).toContain('by an earlier run, from the configured model');
    expect(text).toContain('It is not tested yet.');
    expect(text).toContain('/policy promote 2');
    expect(text).not.toContain('tinker:');
  });

  test('a hosted model by its name; a persona to maintainers alone, and where nobody else reads it', async () => {
    const hosted = policy(4, { source: { kind: 'hosted_model', model: 'ft:gpt-x:acme' } });
    expect((await say('policy show 4', { policies: [hosted] }, {})).text).toContain('ft:gpt-x:acme');
    const policies = [policy(5, { source: { kind: 'wording', persona: 'Ada likes ``` short answers.' } })];
    expect((await say('policy show 5', { policies })).text).toContain('Ada likes');
    expect((await say('policy show 5', { policies }, {})).text).not.toMatch(/Ada|persona is/);
    const inTheOpen = await say(
      'policy show 5',
      { policies },
      {
        ...maintainer,
        capabilities: { ...capabilities, canSendPrivately: false, canAnswerPrivately: false },
      },
    );
    expect(inTheOpen.text).toContain('only where nobody else reads it');
    expect(inTheOpen.text).not.toContain('Ada');
  });

  test('trained weights that answer under a persona show it too', async () => {
    const trained = policy(6);
    const persona = { ...trained, source: { ...trained.source, persona: 'Bea likes long answers.' } };
    const asked = async (shown: typeof trained): Promise<string> =>
      (await say('policy show 6', { policies: [shown] })).text;
    expect(await asked(persona)).toContain('Bea likes long answers.');
    expect(await asked(trained)).not.toContain('persona');
  });

  test('a persona says which model it is for', async () => {
    const persona = { kind: 'wording', persona: 'Be brief.' } as const;
    const lineOf = async (source: Policy['source']): Promise<string> =>
      (await say('policy show 5', { policies: [policy(5, { source })] })).text;
    expect(await lineOf(persona)).toContain('It is another persona for the configured model\n');
    expect(await lineOf({ ...persona, answersBy: policyId('policy_3') })).toContain(
      'It is another persona for the model of an earlier policy\n',
    );
  });

  test.each(['x', '0'])('%s is no number', async (number) => {
    expect((await say(`policy show ${number}`, {})).text).toContain('is no number of a policy');
  });

  test('one of another place is not found', async () => {
    const { text } = await say('policy show 1', { policies: [policy(1, { scope: elsewhere })] });
    expect(text).toBe('There is no policy 1 here. /policy list shows those that there are.');
  });
});

describe('policy promote', () => {
  const policies = [
    policy(2, { evidence: { probes: { passed: 24, failed: [] } } }),
    policy(1, { state: 'serving', isPinned: true }),
  ];

  test('takes a confirmation that says what it replaces and how it fared', async () => {
    const asked = await say('policy promote 2', { policies });
    expect(asked.calls).toEqual([]);
    expect(asked.text).toBe(
      'This has **Policy 2** answer everybody here at once, in place of policy 1, which is pinned. So far it is: candidate, answers nobody at present; all probes passed. To do it: /policy promote 2 confirm',
    );
    const done = await say('policy promote 2 confirm', { policies });
    expect(done.calls).toEqual(['promote 2 by fake:ada']);
    expect(done.text).toBe(
      '**Policy 2** serves now, for everybody here. Answers in flight end on what they began with. /policy rollback 2 takes it back.',
    );
  });

  test('what serves is left as it is', async () => {
    const { text, calls } = await say('policy promote 1 confirm', { policies });
    expect(text).toBe('**Policy 1** serves as it is.');
    expect(calls).toEqual([]);
  });

  test('what answers at present is named: its own scope’s, that of everybody everywhere, or the configured model', async () => {
    const wide = policy(1, { state: 'serving', scope: everywhere });
    const own = policy(3, { state: 'serving' });
    const asked = async (policies: FakeTrainToolsOptions['policies']): Promise<string> =>
      (await say('policy promote 2', { policies: policies ?? [] }, { role: 'operator' })).text;
    expect(await asked([policy(2), wide, own])).toContain('in place of policy 3.');
    expect(await asked([policy(2), wide])).toContain('in place of policy 1.');
    expect(await asked([policy(2, { scope: everywhere }), own])).toContain(
      'in place of the configured model.',
    );
  });
});

describe('policy rollback', () => {
  const serving = policy(3, { state: 'serving', parentId: policyId('policy_2') });
  const training = { report: { serving }, policies: [serving, policy(2)], rolledBack: serving };

  test.each(['policy rollback', 'policy rollback confirm', 'policy rollback 3', 'policy rollback 3 perhaps'])(
    '%s: it says what it would do, and the line that does it',
    async (line) => {
      expect(await say(line, training)).toEqual({
        text: 'This takes **Policy 3** back for everybody here; what served before it answers again. To do it: /policy rollback 3 confirm',
        calls: [],
      });
    },
  );

  test('with the number of what serves and the confirmation it is taken back', async () => {
    const done = await say('policy rollback 3 confirm', training);
    expect(done.calls).toEqual([`rollback ${conversation.spaceId} 3 by fake:ada`]);
    expect(done.text).toBe(
      '**Policy 3** is taken back. /policy list shows what answers now; /policy promote 3 brings it back.',
    );
  });

  test.each(['policy rollback 2 confirm', 'policy rollback 2'])(
    '%s: where another one serves it is named, and nothing is taken back',
    async (line) => {
      expect(await say(line, training)).toEqual({
        text: 'Policy 2 does not serve here now: **Policy 3** does. To take that back: /policy rollback 3 confirm',
        calls: [],
      });
    },
  );

  test('what is no number is told, and nothing is taken back', async () => {
    const { text, calls } = await say('policy rollback x confirm', training);
    expect(text).toContain('“x” is no number of a policy');
    expect(calls).toEqual([]);
  });

  test('where the configured model answers there is nothing to take back', async () => {
    expect(await say('policy rollback 3 confirm', {})).toEqual({
      text: 'The configured model answers: there is nothing to take back.',
      calls: [],
    });
    const late = await say('policy rollback 3 confirm', { report: { serving } });
    expect(late.text).toContain('taken back meanwhile');
  });
});

describe('policy pin', () => {
  test('pins, and with off unpins; what is so already is told', async () => {
    const policies = [policy(2), policy(3, { isPinned: true })];
    const pinned = await say('policy pin 2', { policies });
    expect(pinned.calls).toEqual(['pin 2 true by fake:ada']);
    expect(pinned.text).toContain('**Policy 2** is pinned:');
    const loose = await say('policy pin 3 OFF', { policies });
    expect(loose.calls).toEqual(['pin 3 false by fake:ada']);
    expect(loose.text).toBe('**Policy 3** is no longer pinned.');
    for (const line of ['policy pin 3', 'policy pin 2 off']) {
      const same = await say(line, { policies });
      expect(same.text).toContain('pinned as it is');
      expect(same.calls).toEqual([]);
    }
    const wrong = await say('policy pin 2 perhaps', { policies });
    expect(wrong.text).toContain('Say off');
    expect(wrong.calls).toEqual([]);
  });
});

test.each(['policy promote 3 confirm', 'policy rollback 3 confirm', 'policy pin 3'])(
  '%s: what answers everybody everywhere is the operator’s',
  async (line) => {
    const wide = policy(3, { scope: everywhere });
    const training = { policies: [wide], report: { serving: wide }, rolledBack: wide };
    const refused = await say(line, training);
    expect(refused.text).toContain('only the operator');
    expect(refused.calls).toEqual([]);
    expect((await say(line, training, { role: 'operator' })).calls).toHaveLength(1);
  },
);
