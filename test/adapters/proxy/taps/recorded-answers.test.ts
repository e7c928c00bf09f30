import { describe, expect, it } from 'vitest';
import type { TapResult } from '../../../../adapters/proxy/dialect-port.ts';
import { recordedAnswer, tapForName } from './recorded-answers.ts';
import { chunksOf, resultOf } from './written-answers.ts';

const expected: Readonly<Record<string, TapResult>> = {
  'openai-chat-text': {
    isWhole: true,
    text: 'Grüße aus Köln 🌧️.\n',
    firstAnswer: 'GrüßeausKöln🌧️.',
    awaitsTools: false,
    messageId: 'chatcmpl-Bx1',
    model: 'gpt-5-mini-2025-08-07',
    usage: { inputTokens: 31, outputTokens: 7 },
  },
  'openai-chat-tools': {
    isWhole: true,
    text: 'I look both up.\n→ weather({"city":"Paris"})\n→ clock({"zone":"Europe/Paris"})',
    firstAnswer: 'Ilookbothup.\ncalla1',
    awaitsTools: true,
    messageId: 'chatcmpl-Bx2',
    model: 'gpt-5-mini-2025-08-07',
    usage: { inputTokens: 88, outputTokens: 41 },
  },
  'openai-chat-refusal': {
    isWhole: true,
    text: "I'm sorry, I can't help with that.",
    firstAnswer: "I'msorry,Ican'thelpwiththat.",
    awaitsTools: false,
    messageId: 'chatcmpl-Bx3',
    model: 'gpt-5-2025-08-07',
    usage: { inputTokens: 20, outputTokens: 11 },
  },
  'openai-chat-length': {
    isWhole: true,
    text: 'Once upon a',
    firstAnswer: 'Onceupona',
    awaitsTools: false,
    messageId: 'chatcmpl-Bx4',
    model: 'gpt-5-2025-08-07',
    usage: { inputTokens: 12, outputTokens: 3 },
  },
  'openai-responses-text': {
    isWhole: true,
    text: 'Fixed — “ünïcode” now survives.\nRun the tests.',
    firstAnswer: 'Fixed—“ünïcode”nowsurvives.Runthetests.',
    awaitsTools: false,
    messageId: 'resp_01',
    partIds: ['msg_1'],
    model: 'gpt-5-codex',
    usage: { inputTokens: 412, outputTokens: 58 },
  },
  'openai-responses-tools': {
    isWhole: true,
    text: [
      'I read the file first.',
      '→ read_file({"path":"a.ts"})',
      '→ read_file({"path": "b.ts"})',
      '→ apply_patch(*** Begin Patch\n*** End Patch)',
    ].join('\n'),
    firstAnswer: 'Ireadthefilefirst.\ncallr1',
    awaitsTools: true,
    messageId: 'resp_02',
    partIds: ['msg_2', 'fc_1', 'fc_2', 'ctc_1'],
    model: 'gpt-5-codex',
    usage: { inputTokens: 900, outputTokens: 77 },
  },
  'openai-responses-refusal': {
    isWhole: true,
    text: 'I cannot help with that.',
    firstAnswer: 'Icannothelpwiththat.',
    awaitsTools: false,
    messageId: 'resp_03',
    partIds: ['msg_3'],
    model: 'gpt-5-codex',
    usage: { inputTokens: 33, outputTokens: 8 },
  },
  'openai-responses-incomplete': {
    isWhole: true,
    text: 'It was a dark and',
    firstAnswer: 'Itwasadarkand',
    awaitsTools: false,
    messageId: 'resp_04',
    partIds: ['msg_4'],
    model: 'gpt-5-codex',
    usage: { inputTokens: 20, outputTokens: 5 },
  },
  'openai-responses-hosted': {
    isWhole: true,
    text: 'Node 24 is the LTS line.',
    firstAnswer: 'Node24istheLTSline.',
    awaitsTools: false,
    messageId: 'resp_05',
    partIds: ['msg_5'],
    model: 'gpt-5-codex',
    usage: { inputTokens: 2_100, outputTokens: 64 },
  },
  'anthropic-text': {
    isWhole: true,
    text: 'Bonjour ! Ça va bien — et toi ? 😊',
    firstAnswer: 'Bonjour!Çavabien—ettoi?😊',
    awaitsTools: false,
    messageId: 'msg_01A',
    model: 'claude-sonnet-4-5-20250929',
    usage: { inputTokens: 12, outputTokens: 14 },
  },
  'anthropic-tools': {
    isWhole: true,
    text: 'I read both.\n→ read_file({"path":"a.ts","lines":[1,20]})\n→ list({})',
    firstAnswer: 'Ireadboth.\ntoolu01',
    awaitsTools: true,
    messageId: 'msg_01B',
    model: 'claude-sonnet-4-5-20250929',
    usage: { inputTokens: 9_220, outputTokens: 96 },
  },
  'anthropic-citations': {
    isWhole: true,
    text: 'The grass is green.',
    firstAnswer: 'Thegrassisgreen.',
    awaitsTools: false,
    messageId: 'msg_01C',
    model: 'claude-sonnet-4-5-20250929',
    usage: { inputTokens: 50, outputTokens: 9 },
  },
  'anthropic-hosted': {
    isWhole: true,
    text: 'I search.\nNode 24.',
    firstAnswer: 'Isearch.Node24.',
    awaitsTools: true,
    messageId: 'msg_01D',
    model: 'claude-sonnet-4-5-20250929',
    usage: { inputTokens: 70, outputTokens: 33 },
  },
  'anthropic-refusal': {
    isWhole: true,
    text: '',
    firstAnswer: '',
    awaitsTools: false,
    messageId: 'msg_01E',
    model: 'claude-sonnet-4-5-20250929',
    usage: { inputTokens: 15, outputTokens: 4 },
  },
  'anthropic-length': {
    isWhole: true,
    text: 'Once upon a',
    firstAnswer: 'Onceupona',
    awaitsTools: false,
    messageId: 'msg_01F',
    model: 'claude-sonnet-4-5-20250929',
    usage: { inputTokens: 15, outputTokens: 4 },
  },
};

describe.each(Object.entries(expected))('%s', (name, told) => {
  const { stream, body } = recordedAnswer(name);
  const tapFor = tapForName(name);

  it('is read from its stream, and from each byte of it alone', () => {
    expect(resultOf(tapFor('text/event-stream'), [stream])).toEqual(told);
    expect(resultOf(tapFor('text/event-stream'), chunksOf(stream, [1]))).toEqual(told);
  });

  it('is read from its body', () => {
    expect(resultOf(tapFor('application/json; charset=utf-8'), [body])).toEqual(told);
  });

  it('is not whole where its stream is cut off', () => {
    const most = stream.subarray(0, Math.floor(stream.length * 0.7));
    const result = resultOf(tapFor('text/event-stream'), [most]);
    expect(result).toMatchObject({ isWhole: false, awaitsTools: false, messageId: told.messageId });
  });
});
