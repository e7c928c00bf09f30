import { describe, expect, test } from 'vitest';
import type { PolicyModelOptions } from '../../../adapters/policy-model/options.ts';
import { createPolicyModel, type PolicyModel } from '../../../adapters/policy-model/policy-model.ts';
import { AppError, type ErrorCode } from '../../../core/domain/app-error.ts';
import type { ModelEvent } from '../../../core/domain/model.ts';
import { type Policy, type PolicyId, policyId, runId } from '../../../core/domain/policy.ts';
import type { ModelPort } from '../../../core/ports/model.ts';
import {
  collect,
  expectWellFormed,
  type ModelBehaviour,
  modelContract,
  plainRequest,
  textOf,
} from '../../contract/model.ts';
import {
  answer,
  callTools,
  createScriptedModel,
  failWith,
  hold,
  type ScriptedStep,
} from '../../fakes/model/scripted-model.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../../fakes/system/memory-logger.ts';

const id = policyId('policy_1');
const weights: Policy = {
  policyId: id,
  number: 1,
  scope: { kind: 'everywhere' },
  version: 1,
  source: { kind: 'weights', baseModel: 'base', samplerPath: 'sampler', statePath: 'state' },
  state: 'serving',
  isPinned: false,
  runId: runId('run_1'),
  evidence: {},
  createdAt: 0,
  since: 0,
};
const wording: Policy = { ...weights, source: { kind: 'wording', persona: 'Be short.' } };

const failure = (code: ErrorCode): AppError => new AppError(code, `It failed with ${code}.`);
const broken = new AppError('peer_failed', 'The model failed.', { retryable: true });
const scripts: Readonly<Record<ModelBehaviour, ScriptedStep>> = {
  answers: answer('A light', ' that warns.'),
  calls_tools: callTools([
    { id: 'a', name: 'lookup', argumentsJson: '{"word":"lamp"}' },
    { id: 'b', name: 'lookup', argumentsJson: '{"word":"fog"}' },
  ]),
  fails_before_text: failWith(broken),
  fails_after_text: failWith(broken, 'half'),
  hangs_before_text: hold(),
  hangs_after_text: hold(['half']),
};

interface Setup {
  readonly policy?: Policy;
  readonly configured?: readonly ScriptedStep[];
  readonly open?: PolicyModelOptions['open'];
}

function setup({ policy = weights, configured = [], open = async () => undefined }: Setup = {}) {
  const clock = createFakeClock();
  const plain = createScriptedModel(configured, { name: 'plain' });
  const logger = createMemoryLogger();
  const problems: [PolicyId, ErrorCode][] = [];
  const policies = new Map([[policy.policyId, policy]]);
  let opens = 0;
  const model: PolicyModel = createPolicyModel({
    configured: plain,
    open: (asked) => {
      opens += 1;
      return open(asked);
    },
    policyOf: (asked) => policies.get(asked),
    clock,
    logger,
    onProblem: (asked, error) => problems.push([asked, error.code]),
  });
  const ask = async (port: ModelPort = model, policyName = id): Promise<readonly ModelEvent[]> => {
    const events = await collect(
      port.stream({ ...plainRequest, policy: policyName }, new AbortController().signal),
    );
    expectWellFormed(events);
    return events;
  };
  return { clock, plain, logger, problems, policies, model, ask, opens: () => opens };
}

const namedIn = (events: readonly ModelEvent[]): string | undefined =>
  events.flatMap((event) => (event.type === 'started' ? [event.model] : []))[0];

const contractOf = (name: string, made: (behaviour: ModelBehaviour) => Setup, isPolicyAsked: boolean): void =>
  modelContract({
    name,
    create: async (behaviour) => {
      const { model, plain } = setup(made(behaviour));
      return {
        model,
        request: isPolicyAsked ? { ...plainRequest, policy: id } : plainRequest,
        idle: () => plain.idle(),
        close: async () => undefined,
      };
    },
  });

contractOf('policy model, no policy', (behaviour) => ({ configured: [scripts[behaviour]] }), false);
contractOf(
  'policy model, wording',
  (behaviour) => ({ policy: wording, configured: [scripts[behaviour]] }),
  true,
);
contractOf('policy model, standing in', (behaviour) => ({ configured: [scripts[behaviour]] }), true);
modelContract({
  name: 'policy model, weights',
  create: async (behaviour) => {
    const own = createScriptedModel([scripts[behaviour]], { name: 'sampler' });
    const { model } = setup({ configured: [failWith(broken)], open: async () => own });
    return {
      model,
      request: { ...plainRequest, policy: id },
      idle: () => own.idle(),
      close: async () => undefined,
    };
  },
});

describe('who answers', () => {
  test('is what the policy opens, once for all who wait, stamped with the policy', async () => {
    const own = createScriptedModel([answer('one'), answer('two'), answer('three')], { name: 'sampler' });
    const gate = Promise.withResolvers<ModelPort>();
    const { ask, opens, problems, model } = setup({ open: () => gate.promise });
    const both = Promise.all([ask(), ask()]);
    gate.resolve(own);
    const answers = [...(await both), await ask()];
    expect(answers.map(textOf).toSorted()).toEqual(['one', 'three', 'two']);
    expect(answers.map(namedIn)).toEqual([id, id, id]);
    expect(opens()).toBe(1);
    expect(own.requests.every((request) => request.policy === undefined)).toBe(true);
    expect(problems).toEqual([]);
    expect(model.problem()).toBeUndefined();
  });

  test('is the configured model under its own name where no policy is asked for', async () => {
    const { model } = setup({ configured: [answer('yes')] });
    const events = await collect(model.stream(plainRequest, new AbortController().signal));
    expect(namedIn(events)).toBe('plain');
  });

  test('is the configured model under the policy’s name where the policy is of wording', async () => {
    const { ask, opens, problems } = setup({
      policy: wording,
      configured: [answer('yes'), failWith(broken)],
    });
    expect(namedIn(await ask())).toBe(id);
    // There is no other model: its failure is passed on, and is not the policy's.
    expect(await ask()).toMatchObject([{ type: 'failed', error: { code: 'peer_failed' } }]);
    expect(opens()).toBe(0);
    expect(problems).toEqual([]);
  });
});

describe('a policy of wording over another one', () => {
  const words = policyId('policy_2');
  const over: Policy = {
    ...weights,
    policyId: words,
    number: 2,
    source: { kind: 'wording', persona: 'Be short.', answersBy: id },
  };

  test('is that one’s model, opened as that one and once for both, under its own name', async () => {
    const own = createScriptedModel([answer('one'), answer('two')], { name: 'sampler' });
    const asked: PolicyId[] = [];
    const { ask, plain, policies, problems } = setup({
      open: async (policy) => {
        asked.push(policy.policyId);
        return own;
      },
    });
    policies.set(words, over);
    const events = await ask(undefined, words);
    expect([textOf(events), namedIn(events)]).toEqual(['one', words]);
    expect(namedIn(await ask())).toBe(id);
    expect(asked).toEqual([id]);
    expect(own.requests.every((request) => request.policy === undefined)).toBe(true);
    expect([plain.requests, problems]).toEqual([[], []]);
  });

  test('is that one’s model also where that one no longer serves', async () => {
    const own = createScriptedModel([answer('one'), answer('two'), answer('three')], { name: 'sampler' });
    const { ask, policies } = setup({ open: async () => own });
    policies.set(words, over);
    await ask();
    for (const state of ['superseded', 'rolled_back'] as const) {
      policies.set(id, { ...weights, state });
      expect(namedIn(await ask(undefined, words))).toBe(words);
    }
  });

  test('is stood in for where that one cannot be set up, fails or is unknown, and is the one told of', async () => {
    const down = createScriptedModel([failWith(broken)], { name: 'sampler' });
    const opens: PolicyModelOptions['open'][] = [async () => undefined, async () => down];
    for (const open of opens) {
      const { ask, model, policies, problems } = setup({ configured: [answer('a')], open });
      policies.set(words, over);
      const events = await ask(undefined, words);
      expect([textOf(events), namedIn(events)]).toEqual(['a', 'plain']);
      expect(problems.map(([policy]) => policy)).toEqual([words]);
      expect(model.problem()).toContain('Policy 2 could not answer');
    }
    const { ask, model, policies, problems } = setup({ configured: [answer('a')] });
    policies.set(words, over);
    policies.delete(id);
    expect(namedIn(await ask(undefined, words))).toBe('plain');
    expect(problems).toEqual([[words, 'not_found']]);
    expect(await ask(model.exact, words)).toMatchObject([{ type: 'failed', error: { code: 'not_found' } }]);
  });
});

describe('a policy that cannot answer', () => {
  test('is stood in for, told of, and opened again after a pause', async () => {
    const own = createScriptedModel([answer('mine')], { name: 'sampler' });
    let isUp = false;
    const { ask, clock, opens, problems, model } = setup({
      configured: [answer('a'), answer('b')],
      open: async () => {
        if (isUp) return own;
        throw failure('network');
      },
    });
    expect(namedIn(await ask())).toBe('plain');
    isUp = true;
    expect(namedIn(await ask())).toBe('plain');
    expect(opens()).toBe(1);
    expect(problems.map(([, code]) => code)).toEqual(['network', 'network']);
    expect(model.problem()).toContain('Policy 1 could not answer');
    await clock.advance(60_000);
    expect(textOf(await ask())).toBe('mine');
    expect(opens()).toBe(2);
    expect(model.problem()).toBeUndefined();
  });

  test.each<ErrorCode>(['not_found', 'conflict'])(
    'before its first word with %s is opened anew',
    async (code) => {
      const models = [
        createScriptedModel([failWith(failure(code))], { name: 'first' }),
        createScriptedModel([answer('again')], { name: 'second' }),
      ];
      const { ask, clock, opens } = setup({
        configured: [answer('a'), answer('b')],
        open: async () => models.shift(),
      });
      expect(textOf(await ask())).toBe('a');
      expect(textOf(await ask())).toBe('b');
      await clock.advance(60_000);
      expect(textOf(await ask())).toBe('again');
      expect(opens()).toBe(2);
    },
  );

  test('because its server fails is stood in for and asked again at once', async () => {
    const own = createScriptedModel([failWith(broken), answer('mine')], { name: 'sampler' });
    const { ask, opens } = setup({ configured: [answer('a')], open: async () => own });
    expect(textOf(await ask())).toBe('a');
    expect(textOf(await ask())).toBe('mine');
    expect(opens()).toBe(1);
  });

  test('is not stood in for where the request is at fault, or a word was seen', async () => {
    const tooLong = new AppError('refused_by_peer', 'Too long.', { details: { reason: 'context_too_long' } });
    const own = createScriptedModel([failWith(tooLong), failWith(broken, 'half')], { name: 'sampler' });
    const { ask, plain, problems } = setup({ open: async () => own });
    expect(await ask()).toMatchObject([{ type: 'failed', error: { code: 'refused_by_peer' } }]);
    expect(await ask()).toMatchObject([{ model: id }, { text: 'half' }, { type: 'failed' }]);
    expect(plain.requests).toEqual([]);
    expect(problems).toEqual([]);
  });

  test('for want of time is stood in for; it answers when it is ready', async () => {
    const gate = Promise.withResolvers<ModelPort>();
    const { ask, clock, opens } = setup({ configured: [answer('a')], open: () => gate.promise });
    const first = ask();
    await clock.advance(10_000);
    expect(textOf(await first)).toBe('a');
    gate.resolve(createScriptedModel([answer('mine')]));
    expect(textOf(await ask())).toBe('mine');
    expect(opens()).toBe(1);
    expect(clock.waiting()).toBe(0);
  });

  test('because nobody knows it is stood in for', async () => {
    const { ask, problems } = setup({ configured: [answer('a')] });
    expect(namedIn(await ask(undefined, policyId('policy_9')))).toBe('plain');
    expect(problems).toEqual([['policy_9', 'not_found']]);
  });

  test('fails where exactly it was asked for, and is not told of', async () => {
    const { ask, model, plain, problems } = setup();
    expect(await ask(model.exact)).toMatchObject([{ type: 'failed', error: { code: 'unsupported' } }]);
    expect(await ask(model.exact, policyId('policy_9'))).toMatchObject([{ error: { code: 'not_found' } }]);
    expect(plain.requests).toEqual([]);
    expect(problems).toEqual([]);
    expect(model.problem()).toBeUndefined();
  });
});

describe('a swap', () => {
  test('leaves answers under way on the model that they began with', async () => {
    const own = createScriptedModel([hold(['begun'], [' and ended'])], { name: 'sampler' });
    const { ask, policies } = setup({ configured: [answer('other')], open: async () => own });
    const underWay = ask();
    await own.held();
    policies.set(id, { ...weights, state: 'rolled_back' });
    const next = policyId('policy_2');
    policies.set(next, { ...wording, policyId: next });
    expect(namedIn(await ask(undefined, next))).toBe(next);
    own.release();
    expect(textOf(await underWay)).toBe('begun and ended');
    expect(namedIn(await underWay)).toBe(id);
  });

  test('lets the models of policies that ended go, when another is opened', async () => {
    const own = (): ModelPort => createScriptedModel([answer('x')]);
    const { ask, opens, policies } = setup({ open: async () => own() });
    await ask();
    const next = policyId('policy_2');
    policies.set(id, { ...weights, state: 'rolled_back' });
    policies.set(next, { ...weights, policyId: next });
    await ask(undefined, next);
    policies.set(id, weights);
    expect(namedIn(await ask())).toBe(id);
    expect(opens()).toBe(3);
  });

  test.each(['candidate', 'superseded', 'discarded', 'rolled_back'] as const)(
    'takes the problem of a policy that is %s by now off the list',
    async (state) => {
      const { ask, model, policies } = setup({ configured: [answer('a')] });
      await ask();
      expect(model.problem()).toBeDefined();
      policies.set(id, { ...weights, state: 'canary' });
      expect(model.problem()).toBeDefined();
      policies.set(id, { ...weights, state });
      expect(model.problem()).toBeUndefined();
    },
  );
});
