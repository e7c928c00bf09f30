import { expect, onTestFinished, test } from 'vitest';
import { createMetrics } from '../../adapters/system/metrics.ts';
import type { ModelChoice } from '../../config/choose-model.ts';
import { composeApi, type ServedParts } from '../../config/compose-api.ts';
import { composeLearning } from '../../config/compose-learning.ts';
import { openStorage } from '../../config/storage.ts';
import { createSessions } from '../../core/intake/sessions.ts';
import { libraryRig } from '../core/skills/library-rig.ts';
import { modelOf } from '../fakes/model/model-of.ts';
import { createFakeClock } from '../fakes/system/fake-clock.ts';
import { createMemoryLogger } from '../fakes/system/memory-logger.ts';
import { createSequentialIds } from '../fakes/system/sequential-ids.ts';
import { mustLoad } from './settings-folder.ts';

const choice: ModelChoice = { kind: 'demo', why: 'none is configured' };

/** The platform of programs over a fresh data folder, and what it is to serve them with. */
async function api(changes: { readonly enabled?: boolean; readonly terminalAlone?: boolean } = {}) {
  const { enabled = true, terminalAlone = false } = changes;
  const loaded = mustLoad({ yaml: `proxy: {enabled: ${enabled}}` });
  const [clock, ids, logger, metrics] = [
    createFakeClock(),
    createSequentialIds(),
    createMemoryLogger(),
    createMetrics(),
  ];
  const storage = openStorage(loaded.homeFolder, { clock, logger, processId: process.pid });
  onTestFinished(async () => {
    await storage.exchangeWrites.close();
    storage.close();
  });
  const { stores } = storage;
  const { library } = libraryRig();
  const sessions = createSessions({ sessions: stores.sessions, turns: stores.turns, clock, ids, gapMs: 1 });
  const address = () => undefined;
  const around = { clock, ids, logger, metrics };
  const composed = await composeApi({
    ...around,
    loaded,
    terminalAlone,
    choice,
    address,
    storage,
    library,
    sessions,
  });
  const parts: ServedParts = {
    rules: {
      ...composeLearning(loaded.settings, 'key', ids, composed.keys.access.hasConsent),
      isJudged: false,
      keepsSampled: () => false,
    },
    embeddings: undefined,
    policies: {
      desk: { policyFor: () => undefined, policyOf: () => undefined },
      model: modelOf('m', () => ''),
    },
    schedule: { seen: () => {}, answering: { begin: () => () => {} } },
    commands: { run: async () => ({ markdown: '', private: true }) },
  };
  return { ...composed, parts };
}

test('programs are served from when the proxy is opened, not before', async () => {
  const { proxy, openProxy, parts } = await api();
  expect(proxy()).toBeUndefined();
  const opened = openProxy(parts);
  onTestFinished(() => opened?.stop(0));
  expect(opened?.mounts.length).toBeGreaterThan(0);
  expect(proxy()).toBe(opened);
});

test.each([
  ['where the proxy is off', { enabled: false }],
  ['with the terminal alone', { terminalAlone: true }],
])('%s nothing is opened', async (_, changes) => {
  const { proxy, openProxy, parts, keys } = await api(changes);
  expect(openProxy(parts)).toBeUndefined();
  expect(proxy()).toBeUndefined();
  expect(keys.spaces()).toHaveLength(1);
});
