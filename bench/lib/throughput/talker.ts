import { openOurBot } from './our-bot.ts';
import { loadPlatform } from './platform.ts';
import { createLoadLimiter } from './stand-ins.ts';

/** Our bot in a process of its own, with a model that takes its time. Says when it listens; runs until it is ended. */

const [name = '', address = '', homeFolder = '', conversations = '', modelMs = ''] = process.argv.slice(2);
await openOurBot({
  platform: await loadPlatform(name),
  address,
  homeFolder,
  conversations: Number(conversations),
  maxRunning: Number(conversations),
  modelMs: Number(modelMs),
  answers: true,
  limiter: createLoadLimiter,
  onStored: () => {},
  onTurnEnded: () => {},
});
process.stdout.write('ready\n');
