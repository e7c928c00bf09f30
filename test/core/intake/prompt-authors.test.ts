import { expect, test } from 'vitest';
import { personId, turnId } from '../../../core/domain/ids.ts';
import type { Turn } from '../../../core/domain/turn.ts';
import { type PromptSources, promptAuthors, quotedAuthors } from '../../../core/intake/prompt-authors.ts';
import type { ThreadMessage } from '../../../core/ports/channel.ts';
import { sampleRef, sampleTurn } from '../../contract/store-samples.ts';

const person = (name: string) => personId('web', name);
const unknown = person('?');
const by = (name: string) => ({
  author: { personId: person(name), displayName: name, isBot: false },
});
const past = (id: string, ...authors: readonly string[]) => ({
  turnId: turnId(id),
  askerName: 'x',
  requestText: 'x',
  replyText: 'y',
  promptAuthors: authors.map(person),
});
const ours: Turn = {
  ...sampleTurn('ours'),
  state: 'done',
  replyText: 'Blue.',
  replyRefs: [sampleRef('ours')],
  promptAuthors: [person('dan'), person('eve')],
};
const turns = {
  byReply: async (ref: ThreadMessage['ref']) => (ref.messageId === 'ours' ? ours : undefined),
};
const inThread = (id: string, changes: Partial<ThreadMessage> = {}): ThreadMessage => ({
  ref: sampleRef(id),
  authorName: 'X',
  isOwn: false,
  text: 'words',
  ...changes,
});

const sources = (changes: Partial<PromptSources>): PromptSources => ({
  platform: 'web',
  askerId: person('ann'),
  events: [by('ann')],
  history: [],
  threadBefore: [],
  quotedAuthors: [],
  ...changes,
});

test('the asker first, everybody else once', async () => {
  expect(await promptAuthors(sources({}), turns)).toEqual([person('ann')]);
  const everything = sources({
    events: [by('ann'), by('bob')],
    history: [past('t1', 'cleo', 'ann'), past('t2', 'cleo')],
    quotedAuthors: [person('bob'), person('finn')],
    threadBefore: [inThread('m1', { authorId: person('gus') })],
  });
  expect(await promptAuthors(everything, turns)).toEqual(['ann', 'bob', 'cleo', 'finn', 'gus'].map(person));
});

test('behind an answer of ours stand those who stood in its prompt', async () => {
  const threadBefore = [inThread('ours', { isOwn: true, authorId: person('robot') })];
  expect(await promptAuthors(sources({ threadBefore }), turns)).toEqual(['ann', 'dan', 'eve'].map(person));
  const notice = [inThread('a notice', { isOwn: true, authorId: person('robot') })];
  expect(await promptAuthors(sources({ threadBefore: notice }), turns)).toEqual([person('ann')]);
  expect(quotedAuthors({ platform: 'web', quotedAuthorIds: [] }, ours)).toEqual(ours.promptAuthors);
});

test('whom the platform does not name is unknown, and not nobody', async () => {
  const threadBefore = [inThread('m1')];
  expect(await promptAuthors(sources({ threadBefore }), turns)).toEqual([person('ann'), unknown]);
  expect(quotedAuthors({ platform: 'web' }, undefined)).toEqual([unknown]);
  expect(quotedAuthors({ platform: 'web', quotedAuthorIds: [] }, undefined)).toEqual([]);
  expect(quotedAuthors({ platform: 'web', quotedAuthorIds: [person('bob')] }, undefined)).toEqual([
    person('bob'),
  ]);
});
