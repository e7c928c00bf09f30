import { beforeAll, describe, expect, test } from 'vitest';
import {
  byPlace,
  compareObservations,
  type ExpectedDifference,
  foreseen,
} from '../../scenarios/compare-observations.ts';
import { openEmulatedWorkspace } from '../../scenarios/emulated-slack-workspace.ts';
import { openFakeWorkspace } from '../../scenarios/fake-slack-workspace.ts';
import { describeStep, type Observation, playSlackScenario } from '../../scenarios/play-slack-scenario.ts';
import { slackScenario } from '../../scenarios/slack-scenario.ts';
import type { ScenarioWorkspace } from '../../scenarios/slack-workspace.ts';

/** Where `emulate@0.12.2` and our fake differ. What is not in this list fails, and so does what is no longer true. */
const expectedDifferences: readonly ExpectedDifference[] = [
  {
    steps: [
      '1 person says "question"',
      '5 person says "follow-up"',
      '6 person edits "follow-up"',
      '15 person says "greeting"',
      '21 bot removes "question"',
    ],
    path: 'kept.blockTypes.0',
    fake: 'rich_text',
    peer: undefined,
    reason: 'There a person speaks through the Web API; from a Slack client words come as rich text too.',
  },
  {
    steps: [
      '8 person reacts "answer"',
      '9 person reacts "answer"',
      '10 person takes a reaction back "answer"',
    ],
    path: 'events.0.eventId',
    fake: 'slack:r:(ts):(event)',
    peer: 'slack:r::(event)',
    reason: 'Its reactions lack the event_ts that Slack documents; the id of the event tells them apart.',
  },
  {
    steps: ['16 bot streams "streamed"'],
    path: 'outcome',
    fake: 'ok',
    peer: 'peer_failed',
    reason: 'It has no streams: what it does not know is an HTTP 404, where Slack says unknown_method.',
  },
  {
    steps: ['16 bot streams "streamed"'],
    path: 'kept',
    fake: {
      text: 'Hello there.\n\nHow are you?',
      blockTypes: ['context_actions'],
      isThreaded: true,
      reactions: [],
    },
    peer: undefined,
    reason: 'It has no streams.',
  },
];

/** What the steps themselves say, with what is known to differ on the peer. */
function promised(of: 'fake' | 'peer') {
  return slackScenario.map((step, index) => {
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

async function play(open: () => Promise<ScenarioWorkspace>): Promise<readonly Observation[]> {
  const workspace = await open();
  try {
    const observations = await playSlackScenario(workspace, slackScenario);
    expect(workspace.violations()).toEqual([]);
    return observations;
  } finally {
    await workspace.close();
  }
}

describe('one scenario on two Slacks that are not Slack', () => {
  let onFake: readonly Observation[] = [];
  let onPeer: readonly Observation[] = [];

  beforeAll(async () => {
    onFake = await play(openFakeWorkspace);
    onPeer = await play(openEmulatedWorkspace);
  });

  test('our fake goes along with every step', () => {
    expect(summary(onFake)).toEqual(promised('fake'));
  });

  test('a Slack that is not ours (emulate) goes along with every step that it knows', () => {
    expect(summary(onPeer)).toEqual(promised('peer'));
  });

  test('they differ where we know why, and nowhere else', () => {
    for (const { reason } of expectedDifferences) expect(reason).not.toBe('');
    expect(byPlace(compareObservations(onFake, onPeer))).toEqual(byPlace(foreseen(expectedDifferences)));
  });

  test('the words and the marks are those of the person, on both', () => {
    for (const observations of [onFake, onPeer]) {
      expect(observations[0]?.events).toMatchObject([
        { text: 'what is 2 + 2 & <b>?', addressing: 'mention', author: { displayName: 'ada' } },
      ]);
      expect(observations[4]?.events).toMatchObject([{ text: 'and what is 3 + 3?', addressing: 'thread' }]);
      expect(observations[7]?.events).toMatchObject([{ mark: { kind: 'reaction', name: '👍' } }]);
      expect(observations[8]?.events).toMatchObject([{ mark: { kind: 'reaction', name: '👎' } }]);
      expect(observations[11]?.result).toMatchObject([
        { isOwn: false, text: 'what is 2 + 2 & <b>?' },
        { isOwn: true, text: 'It is 4.' },
        { isOwn: false, text: 'and what is 4 + 4?' },
      ]);
      expect(observations[22]?.result).toBe(401);
      expect(observations[23]?.result).toBe(401);
    }
  });
});
