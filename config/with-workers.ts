import type { Bot } from '../core/intake/bot.ts';

/** Something that works beside the bot and that nobody waits for. */
export interface BackgroundWorker {
  start(): void;
  /** Resolves when nothing of it is under way any more. */
  stop(): Promise<void>;
}

/** They work while the bot does, and are the first to stop. */
export function withWorkers(bot: Bot, workers: readonly BackgroundWorker[]): Bot {
  return {
    ...bot,
    start() {
      bot.start();
      for (const worker of workers) worker.start();
    },
    async stop(deadlineMs) {
      await Promise.all(workers.map((worker) => worker.stop()));
      await bot.stop(deadlineMs);
    },
  };
}
