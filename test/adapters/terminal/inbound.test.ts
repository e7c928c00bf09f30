import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { refOf, terminalConversation, understand } from '../../../adapters/terminal/inbound.ts';
import type { TerminalInput } from '../../../adapters/terminal/link.ts';

const line = (text: string, kind: TerminalInput['kind'] = 'line'): TerminalInput => ({
  kind,
  inputId: 'in_1',
  enteredAt: 1_767_614_400_000,
  text,
});

describe('lines', () => {
  test('words are a message of the operator, addressed to the bot', () => {
    expect(understand(line('Hello  there'), 'ada', undefined)).toEqual({
      type: 'message_received',
      eventId: 'terminal:in_1',
      platform: 'terminal',
      spaceId: 'terminal:local',
      occurredAt: 1_767_614_400_000,
      admission: { kind: 'open' },
      conversation: terminalConversation,
      ref: refOf('in_1'),
      author: { personId: 'terminal:operator', displayName: 'ada', isBot: false, role: 'operator' },
      addressing: 'direct',
      text: 'Hello  there',
    });
  });

  test('a slash begins a command, two slashes a text with one', () => {
    expect(understand(line('/skill search  pdf '), 'ada', undefined)).toMatchObject({
      type: 'command_invoked',
      line: 'skill search  pdf',
      interaction: { handle: 'in_1' },
    });
    expect(understand(line('//etc/hosts'), 'ada', undefined)).toMatchObject({
      type: 'message_received',
      text: '/etc/hosts',
    });
    expect(understand(line('/sk', 'complete'), 'ada', undefined)).toMatchObject({
      type: 'completion_requested',
      line: 'sk',
    });
    expect(understand(line('   '), 'ada', undefined)).toBe('empty');
  });

  test('/good and /bad rate the last answer; the same again takes it back, the other replaces it', () => {
    const ref = refOf('bot.t1.0');
    expect(understand(line('/good'), 'ada', undefined)).toBe('nothing_to_rate');
    expect(understand(line('/good'), 'ada', { ref })).toMatchObject({
      type: 'signal_given',
      target: ref,
      mark: { kind: 'button', name: 'good' },
    });
    expect(understand(line('/good'), 'ada', { ref, mark: 'good' })).toMatchObject({
      type: 'signal_withdrawn',
      mark: { name: 'good' },
    });
    expect(understand(line('/bad'), 'ada', { ref, mark: 'good' })).toMatchObject({
      type: 'signal_given',
      mark: { name: 'bad' },
    });
    expect(understand(line('/goodness'), 'ada', { ref })).toMatchObject({
      type: 'command_invoked',
      line: 'goodness',
    });
  });

  test('no line throws, and the words of a message are kept', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, name) => {
        const event = understand(line(text), name, undefined);
        if (typeof event === 'string') return;
        expect(event.eventId).toBe('terminal:in_1');
        if (event.type === 'message_received') expect(text.endsWith(event.text)).toBe(true);
        if ('author' in event) expect(event.author.displayName).not.toBe('');
      }),
      { numRuns: 10_000 },
    );
  });
});
