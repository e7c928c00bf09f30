import { describe, expect, test } from 'vitest';
import { answerTo, draftFrom, modelOf, paraphraseOf, voteOn } from '../../bench/lib/evolve/stand-ins.ts';
import {
  answerWith,
  correctionFor,
  skillFor,
  topicIn,
  topics,
  valueIn,
} from '../../bench/lib/evolve/topics.ts';
import { createSeededRandom } from '../../bench/lib/seeded-random.ts';
import { assemblePrompt } from '../../core/agent/assemble-prompt.ts';
import type { ModelMessage } from '../../core/domain/model.ts';
import type { Skill } from '../../core/domain/skill.ts';
import { clusterFailures } from '../../core/skills/evolver/cluster-failures.ts';
import { evolverPrompt } from '../../core/skills/evolver/evolver-prompt.ts';
import { readEvolverReply } from '../../core/skills/evolver/evolver-reply.ts';
import type { EvolverMaterial } from '../../core/skills/evolver/gather.ts';
import { checkDraft } from '../../core/skills/gates/gates.ts';
import { renderSkillBlock } from '../../core/skills/inject.ts';
import { pairPrompt, readPairVote } from '../../core/skills/replay/pairwise-judge.ts';
import { readParaphrase } from '../../core/skills/replay/paraphrase.ts';
import { failure, spaceScope } from '../core/skills/evolver/samples.ts';

const [invoice, meeting] = topics;
if (invoice === undefined || meeting === undefined) throw new TypeError('There are too few topics.');
const { name: ownName, values } = invoice;
const [euros, dollars, pounds] = values;
const skillNames = topics.map(({ name }) => name);
const { phrasings } = invoice;
const [asks = ''] = phrasings;
const mark = '4e1c9a70b2d8';
const maxBodyTokens = 1_200;

function promptWith(bodies: readonly string[], text: string): readonly ModelMessage[] {
  return assemblePrompt({
    persona: 'You are careful.',
    channelFacts: '',
    audience: 'group',
    skillsBlock: renderSkillBlock(
      bodies.map((body, at) => ({ name: skillNames[at] ?? ownName, version: 1, body })),
    ),
    history: [],
    historyBudgetTokens: 0,
    request: { askerName: 'Ann', text, quotes: [] },
    now: 0,
  });
}

describe('topics', () => {
  test('each request and rule is about its topic alone, and no request holds an answer', () => {
    for (const topic of topics) {
      for (const phrasing of topic.phrasings) {
        expect(topicIn(phrasing)).toBe(topic);
        expect(valueIn(topic, phrasing)).toBeUndefined();
      }
      for (const value of topic.values) {
        for (const text of [
          skillFor(topic, value).body,
          correctionFor(topic, value),
          answerWith(topic, value),
        ]) {
          expect(topicIn(text)).toBe(topic);
          expect(valueIn(topic, text)).toBe(value);
        }
      }
    }
    expect(topicIn('Hello there')).toBeUndefined();
  });

  test('each rule passes every check', () => {
    for (const topic of topics) {
      for (const value of topic.values) {
        const verdict = checkDraft(skillFor(topic, value), {
          limits: { maxBodyTokens },
          isLearned: true,
          existing: [],
        });
        expect(verdict.findings).toEqual([]);
      }
    }
  });

  test('failures on one topic make one cluster, and those on two make two', () => {
    const failures = [invoice, meeting].flatMap((topic) =>
      topic.phrasings.map((phrasing, at) => failure(`${topic.name}-${at}`, `p${at}`, phrasing)),
    );
    const clusters = clusterFailures(failures, { people: 3 });
    expect(clusters.map((cluster) => cluster.failures.length)).toEqual([4, 4]);
  });
});

describe('the answering stand-in', () => {
  test('does as it does by itself without a rule', () => {
    expect(valueIn(invoice, answerTo(promptWith([], asks)))).toBe(euros);
  });

  test('follows a rule on the topic and no other', () => {
    const rule = skillFor(invoice, dollars).body;
    const other = skillFor(meeting, meeting.values[1]).body;
    expect(valueIn(invoice, answerTo(promptWith([rule, other], asks)))).toBe(dollars);
    expect(valueIn(invoice, answerTo(promptWith([other], asks)))).toBe(euros);
  });

  test('follows the last of several', () => {
    const [first, last] = [dollars, pounds].map((value) => skillFor(invoice, value).body);
    expect(valueIn(invoice, answerTo(promptWith([first ?? '', last ?? ''], asks)))).toBe(pounds);
  });

  test('is counted by its port and tells what it used', async () => {
    const model = modelOf('serving', ({ messages }) => answerTo(messages));
    const events = await Array.fromAsync(
      model.stream({ messages: promptWith([], asks), tools: [] }, new AbortController().signal),
    );
    expect(events.map(({ type }) => type)).toEqual(['started', 'text', 'completed']);
    expect(model.calls()).toBe(1);
  });
});

function material(hints: readonly (readonly string[])[], shown: readonly Skill[] = []): EvolverMaterial {
  const support = hints.map((said, at) => failure(`t${at}`, `p${at}`, phrasings[at % 4] ?? '', said));
  return {
    scope: spaceScope,
    isPrivate: false,
    topic: 'invoice billing amount',
    support,
    withheld: [],
    contrast: [],
    successes: [],
    shown,
    others: [],
    tried: [],
    people: [],
    learnedFrom: { platforms: ['web'], authors: [] },
  };
}

const inUse = (value: string): Skill => ({
  ...skillFor(invoice, value),
  name: invoice.name,
  source: 'test',
  version: 1,
  contentHash: value,
  scope: spaceScope,
  origin: { kind: 'files' },
  standing: { state: 'active', isProven: false, isPinned: false, maskedContexts: [], trial: 1, since: 0 },
});

function drafted(of: EvolverMaterial, seed: number) {
  const text = draftFrom(evolverPrompt(of, mark, maxBodyTokens), createSeededRandom(seed));
  const reply = readEvolverReply(text, { known: new Set(of.shown.map(({ name }) => name)), maxBodyTokens });
  if ('error' in reply) throw new Error(reply.error);
  return reply.operations;
}

function draftedValue(of: EvolverMaterial, seed: number): string | undefined {
  const [operation] = drafted(of, seed);
  if (operation === undefined || !('draft' in operation)) return undefined;
  return values.find((value) => operation.draft.body.includes(value));
}

describe('the stand-in that writes skills', () => {
  const wish = (value: string): readonly string[] => [correctionFor(invoice, value)];
  const seeds = Array.from({ length: 400 }, (_, at) => at + 1);

  test('writes in the real form what most people asked for, and errs in 15 of 100', () => {
    const asked = material([wish(dollars), wish(dollars), wish(pounds)]);
    expect(drafted(asked, 1)).toMatchObject([{ op: 'add', draft: { name: invoice.name } }]);
    const right = seeds.filter((seed) => draftedValue(asked, seed) === dollars);
    expect(right.length / seeds.length).toBeGreaterThan(0.78);
    expect(right.length / seeds.length).toBeLessThan(0.92);
  });

  test('edits a skill on the topic that it is shown, and leaves one that says so already', () => {
    const asked = material([wish(dollars), wish(dollars)], [inUse(pounds)]);
    expect(drafted(asked, 1)).toMatchObject([{ op: 'edit', name: invoice.name }]);
    const same = seeds.map((seed) => drafted(material([wish(dollars)], [inUse(dollars)]), seed).length);
    expect(same.filter((count) => count === 0).length).toBeGreaterThan(300);
  });

  test('sees nothing to change where nobody said what was wrong', () => {
    for (const seed of seeds.slice(0, 20)) expect(drafted(material([[], []]), seed)).toEqual([]);
  });

  test('puts a request in other words', () => {
    const messages = [
      { role: 'user', text: `[${mark} begin the request]\n| ${asks}\n[${mark} end the request]\n` },
    ] as const;
    const text = readParaphrase(paraphraseOf(messages, createSeededRandom(1)), asks);
    expect(text).toBeDefined();
    expect(topicIn(text ?? '')).toBe(invoice);
  });
});

describe('the judging stand-in', () => {
  const seeds = Array.from({ length: 400 }, (_, at) => at + 1);
  const pair = (a: string, b: string, hints: readonly string[]) =>
    pairPrompt({ request: asks, a: answerWith(invoice, a), b: answerWith(invoice, b), hints }, mark);
  function shareOf(
    better: 'A' | 'B' | 'tie',
    messages: readonly ModelMessage[],
    earlier?: { readonly text: string; readonly isGood: boolean },
  ): number {
    const votes = seeds.map((seed) => readPairVote(voteOn(messages, earlier, createSeededRandom(seed))));
    return votes.filter((vote) => vote === better).length / seeds.length;
  }

  test('goes by what people said, wherever the answer stands, and errs in 10 of 100', () => {
    const hints = [correctionFor(invoice, dollars)];
    for (const share of [
      shareOf('B', pair(euros, dollars, hints)),
      shareOf('A', pair(dollars, euros, hints)),
    ]) {
      expect(share).toBeGreaterThan(0.85);
      expect(share).toBeLessThan(0.95);
    }
  });

  test('goes by the good answer where nobody found fault', () => {
    const good = { text: answerWith(invoice, euros), isGood: true };
    expect(shareOf('A', pair(euros, dollars, []), good)).toBeGreaterThan(0.85);
  });

  test('knows nothing where nobody said anything, or where neither answer heeds it', () => {
    const bad = { text: answerWith(invoice, euros), isGood: false };
    expect(shareOf('tie', pair(euros, dollars, []), bad)).toBeGreaterThan(0.85);
    expect(shareOf('tie', pair(euros, dollars, []))).toBeGreaterThan(0.85);
    expect(shareOf('tie', pair(euros, dollars, [correctionFor(invoice, pounds)]))).toBeGreaterThan(0.85);
  });
});
