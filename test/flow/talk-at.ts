import type { TerminalSession } from '../../adapters/terminal/link.ts';
import type { Clock } from '../../core/ports/clock.ts';

/** Of this process, so that what a person says after a restart is another line. */
let inputs = 0;

/** Says a line at a terminal; resolves with what is said to it. */
export function talkAt(
  session: TerminalSession,
  clock: Pick<Clock, 'now'>,
): (text: string) => Promise<string> {
  return async (text) => {
    const answer = new Promise<string>((resolve) => {
      const unwatch = session.watch((output) => {
        if (output.kind !== 'message' && output.kind !== 'close') return;
        unwatch();
        resolve(output.text);
      });
    });
    inputs += 1;
    const inputId = `in_${String(inputs).padStart(6, '0')}`;
    await session.submit({ kind: 'line', inputId, enteredAt: clock.now(), text });
    return answer;
  };
}
