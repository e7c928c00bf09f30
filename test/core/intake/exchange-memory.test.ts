import { memoryUsage } from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { asking, ending, exchangeRig } from './exchange-rig.ts';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

function heapBytes(): number {
  if (typeof collect === 'function') collect();
  return memoryUsage().heapUsed;
}

/** As a parser makes it: a text of its own. */
const longWords = (place: number, chars: number): string =>
  JSON.parse(JSON.stringify(`${place} ${'lorem ipsum '.repeat(chars / 12)}`));

test.each([
  ['far too long to keep', 600_000, { messageIds: [] }],
  ['answered with a call that nobody goes on with', 600_000, { awaitsTools: true }],
  ['as long as is kept', 48_000, {}],
])('words that were %s are not held once they are stored', async (_, chars, end) => {
  const rig = await exchangeRig();
  const ask = async (place: number): Promise<void> => {
    const words = longWords(place, chars);
    const exchange = await rig.desk.begin(asking({ words, talk: { opening: `${place}` } }));
    exchange.finish(ending({ replyText: `ok ${place}`, messageIds: [`m${place}`], ...end }));
    await rig.stored();
  };
  await ask(0);
  const before = heapBytes();
  for (let place = 1; place <= 60; place += 1) await ask(place);
  // Of a call the 50,000 characters are kept that its turn holds; all of them would be 36 MB.
  expect(heapBytes() - before).toBeLessThan('awaitsTools' in end ? 8_000_000 : 2_500_000);
});
