import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { runConsole } from '../../../adapters/terminal/client.ts';
import type { TerminalInput } from '../../../adapters/terminal/link.ts';
import { createLocalLink } from '../../../adapters/terminal/local-link.ts';
import { AppError } from '../../../core/domain/app-error.ts';
import { createFakeClock } from '../../fakes/system/fake-clock.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';

/** A console on streams in memory, with the channel's end of the link in the test's hands. */
function open(interactive: boolean) {
  const { link, session } = createLocalLink();
  const input = new PassThrough();
  const output = new PassThrough();
  const clock = createFakeClock();
  const taken: TerminalInput[] = [];
  let refuse: AppError | undefined;
  let written = '';
  output.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  link.listen(async (line) => {
    taken.push(line);
    if (refuse !== undefined) throw refuse;
  });
  const done = runConsole({ session, input, output, interactive, clock, ids: createSequentialIds() });
  let left = false;
  void done.then(() => {
    left = true;
  });
  return {
    link,
    session,
    input,
    clock,
    taken,
    done,
    written: () => written,
    hasLeft: () => left,
    refuseWith(error: AppError) {
      refuse = error;
    },
    async type(text: string) {
      input.write(text);
      await clock.advance(0);
    },
  };
}

const lines = (taken: readonly TerminalInput[]): string[] =>
  taken.filter((line) => line.kind === 'line').map((line) => line.text);

describe('a person at the console', () => {
  test('lines go to the bot, answers are written as they grow and once', async () => {
    const desk = open(true);
    await desk.type('Hello\n\n');
    expect(lines(desk.taken)).toEqual(['Hello']);
    desk.link.show({ kind: 'append', messageId: 'm1', text: 'Good' });
    desk.link.show({ kind: 'append', messageId: 'm1', text: ' day' });
    desk.link.show({ kind: 'close', messageId: 'm1', text: 'Good day to you.', footnote: 'skills: greet' });
    desk.link.show({ kind: 'message', messageId: 'm1', text: 'Good day to you.' });
    await desk.clock.advance(0);
    expect(desk.written()).toContain('Good day to you.\n  [skills: greet]\n\n');
    expect(desk.written().split('Good').length).toBe(2);
    await desk.type('/exit\n');
    expect(await desk.done).toBeUndefined();
  });

  test('Ctrl-C stops the answer first and leaves the second time', async () => {
    const desk = open(true);
    desk.link.show({ kind: 'activity', activity: 'thinking' });
    await desk.type('\u0003');
    expect(lines(desk.taken)).toEqual(['/stop']);
    expect(desk.hasLeft()).toBe(false);
    await desk.clock.advance(5_000);
    desk.link.show({ kind: 'activity', activity: 'idle' });
    await desk.type('\u0003');
    expect(lines(desk.taken)).toEqual(['/stop']);
    expect(desk.hasLeft()).toBe(false);
    expect(desk.written()).toContain('Ctrl-C once more to leave');
    await desk.clock.advance(1_000);
    await desk.type('\u0003');
    await desk.done;
    expect(desk.clock.waiting()).toBe(0);
  });

  test('Tab offers what the bot answers, and the command names when it does not', async () => {
    const desk = open(true);
    desk.link.show({ kind: 'commands', names: ['help', 'skill'] });
    await desk.type('/skill s\t');
    const asked = desk.taken.at(-1);
    expect(asked).toMatchObject({ kind: 'complete', text: '/skill s' });
    desk.link.show({ kind: 'choices', inputId: asked?.inputId ?? '', choices: ['skill search'] });
    await desk.clock.advance(0);
    await desk.type('\n');
    expect(lines(desk.taken)).toEqual(['/skill search']);
    await desk.type('/he\t');
    await desk.clock.advance(1_000);
    await desk.type('\n');
    expect(lines(desk.taken)).toEqual(['/skill search', '/help']);
    await desk.type('\u0004');
    await desk.done;
  });

  test('a line that was not taken is said, with what to do', async () => {
    const desk = open(true);
    desk.refuseWith(new AppError('overloaded', 'Wait a moment and say it again.'));
    await desk.type('Hello\n');
    expect(desk.written()).toContain('(Wait a moment and say it again.)');
    await desk.type('/quit\n');
    await desk.done;
  });

  test('the end of the bot ends the console', async () => {
    const desk = open(true);
    desk.session.close();
    expect(await desk.done).toBeUndefined();
  });
});

describe('lines from a file', () => {
  test('are said one after the other’s answer, and all are answered before it ends', async () => {
    const desk = open(false);
    desk.input.end('What is 2 + 2?\nAnd 3 + 3?');
    await desk.clock.advance(1);
    expect(lines(desk.taken)).toEqual(['What is 2 + 2?']);
    await desk.clock.advance(1_500);
    desk.link.show({ kind: 'activity', activity: 'thinking' });
    await desk.clock.advance(60_000);
    expect(lines(desk.taken)).toEqual(['What is 2 + 2?']);
    desk.link.show({ kind: 'close', messageId: 'm1', text: '4.' });
    expect(lines(desk.taken)).toHaveLength(1);
    desk.link.show({ kind: 'activity', activity: 'idle' });
    await desk.clock.advance(1);
    expect(lines(desk.taken)).toEqual(['What is 2 + 2?', 'And 3 + 3?']);
    desk.link.show({ kind: 'close', messageId: 'm2', text: '6.' });
    await desk.clock.advance(499);
    expect(desk.hasLeft()).toBe(false);
    await desk.clock.advance(1);
    await desk.done;
    expect(desk.written()).toBe('4.\n\n6.\n\n');
    expect(desk.clock.waiting()).toBe(0);
  });

  test('one that gets no answer does not hold up the next', async () => {
    const desk = open(false);
    desk.input.end('Nobody hears this\nBut this');
    await desk.clock.advance(5_001);
    expect(lines(desk.taken)).toEqual(['Nobody hears this', 'But this']);
  });

  test('that nobody answers do not hold it for ever', async () => {
    const desk = open(false);
    desk.input.end('');
    await desk.clock.advance(5_000);
    await desk.done;
    expect(desk.taken).toEqual([]);
  });
});
