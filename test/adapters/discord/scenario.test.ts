import { beforeAll, describe, expect, test } from 'vitest';
import {
  byPlace,
  compareObservations,
  type ExpectedDifference,
  foreseen,
} from '../../scenarios/compare-observations.ts';
import type { ScenarioGuild } from '../../scenarios/discord-guild.ts';
import { discordScenario } from '../../scenarios/discord-scenario.ts';
import { openFakeGuild } from '../../scenarios/fake-discord-guild.ts';
import {
  describeStep,
  type Observation,
  playDiscordScenario,
} from '../../scenarios/play-discord-scenario.ts';
import { openTwinGuild } from '../../scenarios/twin-discord-guild.ts';

/** Where `discord-digital-twin@0.1.1` and our fake differ. What is not in this list fails, and so does what is no longer true. */
const expectedDifferences: readonly ExpectedDifference[] = [
  {
    steps: ['1 bot registers its commands'],
    path: 'outcome',
    fake: 'ok',
    peer: 'not_found',
    reason: 'It lets commands be replaced, and not be read before that.',
  },
  {
    steps: ['6 bot sends again "answer"'],
    path: 'result',
    fake: 'shown once',
    peer: 'shown twice',
    reason: 'It keeps a nonce and does not enforce it.',
  },
  {
    steps: ['21 person says "reply"'],
    path: 'events.0.addressing',
    fake: 'reply',
    peer: 'thread',
    reason: 'It names the message that is replied to, and leaves out what it says and who wrote it.',
  },
  {
    steps: ['21 person says "reply"'],
    path: 'events.0.quotedText',
    fake: 'That is 8.',
    peer: undefined,
    reason: 'As above.',
  },
  {
    steps: ['21 person says "reply"'],
    path: 'events.0.quotedAuthorIds',
    fake: [],
    peer: undefined,
    reason: 'As above.',
  },
];

/** What the steps themselves say, with what is known to differ on the peer. */
function promised(of: 'fake' | 'peer') {
  return discordScenario.map((step, index) => {
    const name = describeStep(step, index);
    const otherwise = expectedDifferences.find(
      ({ steps, path }) => path === 'outcome' && steps.includes(name),
    );
    return {
      step: name,
      outcome: otherwise === undefined ? (step.outcome ?? 'ok') : otherwise[of],
      events: step.events ?? [],
    };
  });
}

const summary = (observations: readonly Observation[]) =>
  observations.map(({ step, outcome, events }) => ({
    step,
    outcome,
    events: events.map((event) =>
      typeof event === 'object' && event !== null && 'type' in event ? event.type : event,
    ),
  }));

async function play(open: () => Promise<ScenarioGuild>): Promise<readonly Observation[]> {
  const guild = await open();
  try {
    const observations = await playDiscordScenario(guild, discordScenario);
    expect(guild.violations()).toEqual([]);
    return observations;
  } finally {
    await guild.close();
  }
}

describe('one scenario on two Discords that are not Discord', () => {
  let onFake: readonly Observation[] = [];
  let onPeer: readonly Observation[] = [];

  beforeAll(async () => {
    onFake = await play(openFakeGuild);
    onPeer = await play(openTwinGuild);
  }, 60_000);

  test('our fake goes along with every step', () => {
    expect(summary(onFake)).toEqual(promised('fake'));
  });

  test('a Discord that is not ours (discord-digital-twin) goes along with every step that it knows', () => {
    expect(summary(onPeer)).toEqual(promised('peer'));
  });

  test('they differ where we know why, and nowhere else', () => {
    for (const { reason } of expectedDifferences) expect(reason).not.toBe('');
    expect(byPlace(compareObservations(onFake, onPeer))).toEqual(byPlace(foreseen(expectedDifferences)));
  });

  test('the words and the marks are those of the person, on both', () => {
    const at = (observations: readonly Observation[], step: string) =>
      observations.find((observation) => observation.step.endsWith(step));
    for (const seen of [onFake, onPeer]) {
      expect(at(seen, 'person says "question"')?.events).toMatchObject([
        { text: 'what is 2 + 2 & **b**?', addressing: 'mention', author: { displayName: 'ada' } },
      ]);
      // Nobody is called, no card is shown, and literal text stays literal.
      expect(at(seen, 'bot says "answer"')?.kept).toMatchObject({
        buttons: ['feedback.good', 'feedback.bad'],
        flags: 4,
        replyTo: '(question)',
      });
      expect(at(seen, 'bot edits "answer"')?.kept).toMatchObject({ text: 'It is 4.' });
      expect(at(seen, '7 person presses "answer"')?.events).toMatchObject([
        { mark: { kind: 'button', name: 'good' }, target: { messageId: '(answer)' } },
      ]);
      expect(at(seen, 'person fills in the form')?.events).toMatchObject([
        { formId: 'feedback.reason', values: { words: 'It is *wrong*.\nReally.' } },
      ]);
      expect(
        seen.filter(({ step }) => step.endsWith('bot answers')).map(({ result }) => result),
      ).toMatchObject([
        { text: 'All is well.', flags: 4 | 64 },
        { text: 'What I can do', flags: 4 },
      ]);
      expect(at(seen, 'bot reads the thread')?.result).toMatchObject([
        { isOwn: false, text: 'and what is 3 + 3?' },
        { isOwn: true, text: 'That is 6.' },
        { isOwn: false, text: 'and 4 + 4?' },
      ]);
      expect(seen.at(-1)?.events).toMatchObject([{ text: 'nice weather', addressing: 'ambient' }]);
    }
  });
});
