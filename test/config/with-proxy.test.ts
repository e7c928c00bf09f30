import { expect, test } from 'vitest';
import { withProxy } from '../../config/with-proxy.ts';

const bot = (stop: (deadlineMs: number) => Promise<void>) => ({ name: 'bot', stop });

test('without a proxy the bot is as it was', () => {
  const plain = bot(async () => {});
  expect(withProxy(plain, undefined)).toBe(plain);
});

test('both have the same time to end, and both are waited for', async () => {
  const asked: string[] = [];
  const slow = Promise.withResolvers<void>();
  const both = withProxy(
    bot(async (deadlineMs) => void asked.push(`bot ${deadlineMs}`)),
    {
      async stop(deadlineMs) {
        asked.push(`proxy ${deadlineMs}`);
        await slow.promise;
        asked.push('proxy is over');
      },
    },
  );
  expect(both.name).toBe('bot');
  const stopped = both.stop(70);
  slow.resolve();
  await stopped;
  expect(asked.sort()).toEqual(['bot 70', 'proxy 70', 'proxy is over']);
});

test.each(['bot', 'proxy'])('where the %s fails the other still ends before that is told', async (which) => {
  const broken = (): Promise<void> => Promise.reject(new Error(`the ${which} broke`));
  let isOver = false;
  const slow = async (): Promise<void> => {
    await Promise.resolve();
    await Promise.resolve();
    isOver = true;
  };
  const both = withProxy(bot(which === 'bot' ? broken : slow), { stop: which === 'bot' ? slow : broken });
  await expect(both.stop(1)).rejects.toThrow(`the ${which} broke`);
  expect(isOver).toBe(true);
});
