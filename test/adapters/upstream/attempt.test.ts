import { Pool } from 'undici';
import { expect, test } from 'vitest';
import { startAttempt } from '../../../adapters/upstream/attempt.ts';

async function failAtOnce(
  isCancelled: boolean,
): Promise<{ readonly within: number; readonly after: number }> {
  const pool = new Pool('http://127.0.0.1:1');
  await pool.destroy();
  let told = 0;
  const tell = (): void => {
    told += 1;
  };
  const attempt = startAttempt(
    pool,
    { method: 'POST', path: '/' },
    { head: tell, data: () => true, end: tell, broke: tell },
  );
  const within = told;
  if (isCancelled) attempt.cancel();
  await Promise.resolve();
  return { within, after: told };
}

test('what fails at once is told once, after the call', async () => {
  expect(await failAtOnce(false)).toEqual({ within: 0, after: 1 });
});

test('and not at all to who has gone by then', async () => {
  expect(await failAtOnce(true)).toEqual({ within: 0, after: 0 });
});
