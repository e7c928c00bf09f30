import { expect, test } from 'vitest';
import { sessionId, turnId } from '../../../core/domain/ids.ts';
import { sampleAt, sampleSession, sampleTurn } from '../../contract/store-samples.ts';
import { openAt } from './rig.ts';

test('the last turns of sessions that ended are not looked at again for ever', async () => {
  const { database, stores } = openAt(':memory:');
  const { judgeQueue, sessions, turns } = stores;
  const candidates = database.statement<[], { turn_id: string }>(
    `SELECT turn_id FROM judge_jobs INDEXED BY judge_jobs_alone
     WHERE waiting = 0 AND seen_alone = 1 AND seen_with_next = 0 AND is_last = 0 ORDER BY turn_id`,
  );
  for (const name of ['ended', 'going']) {
    await sessions.open(sampleSession(name, { conversationKey: sampleTurn(name).conversationKey }));
    for (const turn of ['first', 'last']) {
      const id = `${name}-${turn}`;
      await turns.open(sampleTurn(id, { sessionId: sessionId(name) }));
      await judgeQueue.put(turnId(id), sampleAt);
      await judgeQueue.done(turnId(id), 'alone');
    }
    if (name === 'ended') await sessions.end(sessionId('ended'), sampleAt, 'gap');
  }
  expect(await judgeQueue.putAnswered(sampleAt, 1)).toBe(1);
  // The other first turn was answered: the limit alone kept it from being woken.
  expect(candidates.all().map((row) => row.turn_id)).toEqual(['ended-first', 'going-last']);
  expect(await judgeQueue.putAnswered(sampleAt, 1)).toBe(1);
  expect(candidates.all().map((row) => row.turn_id)).toEqual(['going-last']);
  database.close();
});
