import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BotUnderTest, Stamps } from './bot-under-test.ts';
import { openEchoBot } from './echo-bot.ts';
import { openOurBot } from './our-bot.ts';
import { createUpdates } from './updates.ts';

/** One bot in a process of its own: answers messages one after another and prints the stamps of each as JSON. */

const [kind, apiRoot = '', homeFolder = '', skillsFolder = '', textsFile = '', warmUp = '', count = ''] =
  process.argv.slice(2);

const open = (): Promise<BotUnderTest> =>
  kind === 'echo' ? openEchoBot(apiRoot) : openOurBot({ apiRoot, homeFolder, skillsFolder });

const texts: readonly string[] = JSON.parse(readFileSync(textsFile, 'utf8'));
const next = createUpdates(texts);
const bot = await open();
const stamps: Stamps[] = [];
for (let at = 0; at < Number(warmUp) + Number(count); at += 1) {
  const one = await bot.answer(next());
  if (at >= Number(warmUp)) stamps.push(one);
  // Messages come to a bot that waits.
  await sleep(1);
}
await bot.close();
process.stdout.write(`${JSON.stringify(stamps)}\n`);
