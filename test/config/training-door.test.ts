import { describe, expect, test } from 'vitest';
import { trainingDoor, useOfEngine, useOfProvider } from '../../config/training-door.ts';
import { personId } from '../../core/domain/ids.ts';
import type { ContentPolicy, UseTerm } from '../../core/feedback/content-door.ts';
import { sampleTurn } from '../contract/store-samples.ts';
import { mustLoad } from './settings-folder.ts';

const here = { TINKER_BASE_URL: 'http://127.0.0.1:8000', TINKER_API_KEY: 'k' };
const elsewhere = { TINKER_BASE_URL: 'https://engine.example', TINKER_API_KEY: 'k' };

describe('what training at an engine is', () => {
  test.each([
    ['tinker', elsewhere, 'train_hosted'],
    ['tinker', { TINKER_API_KEY: 'k' }, 'train_hosted'],
    ['mint', elsewhere, 'train_hosted'],
    ['tinker', here, 'train_local'],
    // People run these themselves, wherever that is.
    ['skyrl', here, 'train_local'],
    ['skyrl', elsewhere, 'train_local'],
    ['tuft', elsewhere, 'train_local'],
  ] as const)('%s with %o: %s', (profile, variables, use) => {
    const { settings, secrets } = mustLoad({ yaml: `engine: {profile: ${profile}}`, variables });
    expect(useOfEngine(settings, secrets)).toBe(use);
  });

  test('hosted where none is set', () => {
    expect(useOfEngine(mustLoad().settings, {})).toBe('train_hosted');
  });
});

test.each([
  [undefined, 'train_hosted'],
  [{ model: 'm' }, 'train_hosted'],
  [{ model: 'm', baseUrl: 'https://api.example/v1' }, 'train_hosted'],
  [{ model: 'm', baseUrl: 'http://localhost:11434/v1' }, 'train_local'],
  [{ model: 'm', baseUrl: 'http://127.0.0.1:9/v1' }, 'train_local'],
] as const)('what tuning at a provider is: %o: %s', (server, use) => {
  expect(useOfProvider(server === undefined ? {} : { server })).toBe(use);
});

describe('the door of a way to train', () => {
  const turn = { ...sampleTurn('t'), state: 'done', replyText: 'So.', replyRefs: [] } as const;
  const { platform } = turn.conversation;
  const policyOf = (term: UseTerm): ContentPolicy => {
    const terms = { judge: term, evolve: term, train_local: term, train_hosted: term, export: term };
    const isOn = { judge: true, evolve: true, train_local: true, train_hosted: false, export: true };
    return new Map([[platform, { terms, isOn }]]);
  };

  test('lets words train where its own use is switched on, and not where another is', () => {
    const agreed = () => true;
    expect(trainingDoor('train_local', policyOf('setting'), agreed)(turn, [])).toEqual({ allowed: true });
    expect(trainingDoor('train_hosted', policyOf('setting'), agreed)(turn, [])).toEqual({
      allowed: false,
      reason: 'operator_off',
      platform,
    });
  });

  test('asks for the consent of the author, and of whoever gave a hint', () => {
    const hinter = personId(platform, 'hinter');
    const door = trainingDoor('train_local', policyOf('consent'), (author) => author !== hinter);
    expect(door(turn, [])).toEqual({ allowed: true });
    expect(door(turn, [hinter])).toEqual({ allowed: false, reason: 'no_consent', platform });
  });
});
