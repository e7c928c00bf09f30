import { AppError } from '../../core/domain/app-error.ts';
import type { TerminalInput, TerminalLink, TerminalSession } from './link.ts';
import { createOutputBacklog } from './output-backlog.ts';

/** Both ends of a way that stays inside this process. */
export function createLocalLink(): { readonly link: TerminalLink; readonly session: TerminalSession } {
  const backlog = createOutputBacklog();
  const ending = Promise.withResolvers<string | undefined>();
  let take: ((input: TerminalInput) => Promise<void>) | undefined;
  return {
    link: {
      listen(next) {
        take = next;
      },
      show: backlog.show,
    },
    session: {
      async submit(input) {
        if (take === undefined) throw new AppError('conflict', 'The bot has stopped. Start it again.');
        await take(input);
      },
      watch: backlog.watch,
      ended: ending.promise,
      close: () => ending.resolve(undefined),
    },
  };
}
