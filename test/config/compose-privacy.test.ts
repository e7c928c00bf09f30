import { expect, test } from 'vitest';
import { type ComposePrivacyDeps, composePrivacy } from '../../config/compose-privacy.ts';
import { contentPolicy } from '../../config/platform-terms.ts';
import type { PrivacyRecipient } from '../../core/commands/context.ts';
import { usesOf } from '../../core/feedback/content-door.ts';
import { mustLoad } from './settings-folder.ts';

const policy = contentPolicy({
  judge: ['web', 'slack', 'api'],
  evolve: ['web'],
  trainLocal: [],
  trainHosted: [],
  export: [],
});
const to = (what: string): PrivacyRecipient => ({ what, receives: 'words', address: 'x', isLocal: false });

function privacy(changes: Partial<ComposePrivacyDeps> = {}) {
  return composePrivacy({
    loaded: mustLoad({ yaml: 'engine: {keepDays: 3}' }),
    choice: { kind: 'configured', why: 'set', server: { model: 'm', baseUrl: 'http://127.0.0.1:9/v1' } },
    contentPolicy: policy,
    judge: undefined,
    embeddings: undefined,
    skills: { recipients: [] },
    training: { recipients: [], uses: [] },
    schedule: { recipients: [] },
    retention: { wereAny: () => false },
    platforms: () => ['web'],
    proxy: () => undefined,
    ...changes,
  });
}

const namesOf = (recipients: readonly PrivacyRecipient[]): readonly string[] =>
  recipients.map(({ what }) => what);

test('a model alone receives words, and nothing is done with them beside', () => {
  const loaded = mustLoad();
  const report = privacy({ loaded })('web');
  expect(namesOf(report.recipients)).toEqual(['the model']);
  expect(report).toMatchObject({ dataFolder: loaded.homeFolder, carriedOut: [], keepsPrompts: false });
  expect(report.uses).toEqual([{ platform: 'web', uses: usesOf('web', policy) }]);
});

test('whoever else receives words is named, and what is done with them', () => {
  const report = privacy({
    judge: { recipient: to('judge') },
    embeddings: { recipient: to('embeddings') },
    skills: { recipients: [to('evolver')] },
    training: { recipients: [to('trainer')], uses: ['train_hosted'] },
    schedule: { recipients: [to('calendar')] },
  })('web');
  const others = ['judge', 'evolver', 'trainer', 'calendar', 'embeddings'];
  expect(namesOf(report.recipients)).toEqual(['the model', ...others]);
  expect(report.carriedOut).toEqual(['judge', 'evolve', 'train_hosted']);
});

test('prompts that an engine left are told of until they have aged', () => {
  let wereAny = true;
  const told = privacy({ retention: { wereAny: () => wereAny } });
  expect(told('web')).toMatchObject({
    keepsPrompts: true,
    retention: [expect.stringMatching(/3 days at most$/)],
  });
  wereAny = false;
  expect(told('web')).toMatchObject({ keepsPrompts: false, retention: [] });
});

test('platforms and the proxy count as they are at the moment', () => {
  let platforms = ['web'];
  let proxy: ReturnType<ComposePrivacyDeps['proxy']>;
  const told = privacy({ platforms: () => platforms, proxy: () => proxy });
  expect(namesOf(told('api').recipients)).toEqual(['the model']);
  platforms = ['web', 'slack'];
  proxy = { recipients: [to('upstream')] };
  expect(told('web').uses.map(({ platform }) => platform)).toEqual(['web', 'slack']);
  expect(namesOf(told('web').recipients)).toEqual(['the model']);
  expect(namesOf(told('api').recipients)).toEqual(['upstream', 'the model']);
});
