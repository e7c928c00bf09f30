import { expect, test } from 'vitest';
import { createMarkdown } from '../../adapters/markdown/markdown.ts';
import { createMetrics } from '../../adapters/system/metrics.ts';
import { composeLearning } from '../../config/compose-learning.ts';
import { composeLoops } from '../../config/compose-loops.ts';
import { personId, spaceId } from '../../core/domain/ids.ts';
import { policyId, runId } from '../../core/domain/policy.ts';
import { createSpacePolicies } from '../../core/skills/space-policy.ts';
import { libraryRig } from '../core/skills/library-rig.ts';
import { createFakeChannel } from '../fakes/channel/fake-channel.ts';
import { modelOf } from '../fakes/model/model-of.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { createScheduleRig } from './schedule-rig.ts';
import { mustLoad } from './settings-folder.ts';

const here = spaceId('web', 'here');
const place = { platform: 'web', spaceId: here, audience: 'group', channelId: 'makers' } as const;
/** Both loops over a policy that answers nobody yet, and the channel on which maintainers are told of it. */
async function loops() {
  const { schedule, stores, clock, logger } = await createScheduleRig();
  await stores.policies.add({
    policyId: policyId('policy_1'),
    scope: { kind: 'space', spaceId: here },
    source: { kind: 'hosted_model', model: 'm:tuned' },
    runId: runId('run_1'),
    createdAt: 0,
  });
  await createSpacePolicies(stores.settings, 'review').setPlace('cards', here, place);
  const loaded = mustLoad({ variables: { METACLAW_MODEL_DISCOVER: 'false' } });
  const ids = createSequentialIds();
  const composed = await composeLoops({
    loaded,
    stores,
    library: libraryRig().library,
    choice: { kind: 'demo', why: 'nothing is set' },
    configured: modelOf('configured', () => 'hi'),
    learning: composeLearning(loaded.settings, 'key', ids),
    embeddings: undefined,
    schedule,
    key: 'key',
    markdown: createMarkdown(),
    onLabelled: () => {},
    promptFactsOf: () => '',
    onOpened: () => {},
    fetch: () => Promise.reject(new Error('nobody is called here')),
    clock,
    ids,
    logger,
    metrics: createMetrics(),
  });
  const channel = createFakeChannel({ platform: 'web' });
  const silent = async (): Promise<void> => {};
  composed.skills.drafts({
    notifier: { notice: silent, stranger: silent, reply: silent, whisper: silent },
    channelOf: () => channel,
  });
  return { ...composed, channel };
}

test('maintainers are told what becomes of a policy', async () => {
  const { policies, channel } = await loops();
  await policies.desk.promote(1, personId('web', 'ann'));
  await channel.waitFor(() => channel.texts(place).length > 0, 'word of the policy');
  expect(channel.texts(place)).toEqual([expect.stringMatching(/^Policy 1.*now answers/)]);
});
