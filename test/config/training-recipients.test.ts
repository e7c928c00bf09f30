import { expect, test } from 'vitest';
import type { ModelChoice } from '../../config/choose-model.ts';
import type { HelperServer } from '../../config/helper-server.ts';
import { type LearningWays, trainingRecipients } from '../../config/training-recipients.ts';
import { mustLoad } from './settings-folder.ts';

const settingsNow = () =>
  mustLoad({
    yaml: 'engine: {profile: skyrl}\ntraining: {tuneModel: gpt-tiny, tunePrice: 1}\nevolver: {model: writer, baseUrl: "https://writer.example/v1"}',
    variables: { TINKER_BASE_URL: 'http://127.0.0.1:8000' },
  });
const choice: ModelChoice = {
  kind: 'configured',
  why: '',
  server: { model: 'gpt-tiny', baseUrl: 'https://chat.example/v1', apiKey: 'k' },
};
const gate: HelperServer = {
  model: 'gate',
  baseUrl: 'https://gate.example/v1',
  keyName: 'GATE_API_KEY',
};
const none: LearningWays = { trains: false, tunes: false, words: false };
const placesOf = (ways: Partial<LearningWays>, gateServer?: HelperServer) =>
  trainingRecipients({ ...none, ...ways }, gateServer, { loaded: settingsNow(), choice }).map(
    ({ address, isLocal }) => [address, isLocal],
  );

test('nobody gets words for what is not done, though its server is set', () => {
  expect(placesOf({})).toEqual([]);
});

test('whoever trains, tunes, rewords or compares is named, with the place where it is', () => {
  expect(placesOf({ trains: true })).toEqual([['127.0.0.1:8000', true]]);
  expect(placesOf({ tunes: true })).toEqual([['chat.example', false]]);
  expect(placesOf({ words: true })).toEqual([['writer.example', false]]);
  expect(placesOf({}, gate)).toEqual([['gate.example', false]]);
  expect(placesOf({ trains: true, words: true }, gate)).toHaveLength(3);
});

test('each is named by what it does, and what it gets', () => {
  const told = trainingRecipients({ trains: true, tunes: true, words: true }, gate, {
    loaded: settingsNow(),
    choice,
  });
  expect(told.map(({ what }) => what)).toEqual([
    expect.stringContaining('whose model learns'),
    'the provider that tunes gpt-tiny',
    expect.stringContaining('better words'),
    expect.stringContaining('compares'),
  ]);
  expect(told.map(({ receives }) => receives)).toEqual([
    expect.stringContaining('rated answers with all that the model read'),
    expect.stringContaining('the conversation before them'),
    expect.stringContaining('what was said of these'),
    expect.stringContaining('kept out of learning'),
  ]);
});
