import fc from 'fast-check';
import { expect, test } from 'vitest';
import { turnId } from '../../../core/domain/ids.ts';
import { answerRef, loneTalk, namedTalk, openedTalk, ownKeyId } from '../../../core/intake/talk-key.ts';
import { createSequentialIds } from '../../fakes/system/sequential-ids.ts';
import { guest, lab } from './exchange-rig.ts';

const { digest } = createSequentialIds();
const text = fc.string({ maxLength: 12 });

test('two talks are one only where person, opening and first answer are equal', () => {
  fc.assert(
    fc.property(text, text, text, text, fc.boolean(), (a, b, c, d, other) => {
      const one = openedTalk(lab, a, b, digest);
      const two = openedTalk(other ? guest : lab, c, d, digest);
      expect(one.channelId === two.channelId).toBe(a === c && b === d && !other);
    }),
  );
});

test('long openings are told apart by length and both ends', () => {
  const long = 'x'.repeat(200_000);
  const key = (opening: string): string => openedTalk(lab, opening, 'a', digest).channelId;
  expect(new Set([long, `${long}x`, `y${long.slice(1)}`, `${long.slice(1)}y`].map(key)).size).toBe(4);
  expect(key(long)).toBe(key('x'.repeat(200_000)));
});

test('a name, an opening and a single turn never meet', () => {
  const talks = [
    namedTalk(lab, 'a', digest),
    namedTalk(guest, 'a', digest),
    openedTalk(lab, 'a', '', digest),
    loneTalk(lab, turnId('a')),
  ];
  expect(new Set(talks.map(({ channelId }) => channelId)).size).toBe(4);
  expect(talks[0]).toMatchObject({ platform: 'api', spaceId: 'api:lab', audience: 'direct' });
});

test('messages are named by their space', () => {
  expect(answerRef(lab, 'm1')).toEqual({ platform: 'api', channelId: 'lab', messageId: 'm1' });
  expect(ownKeyId('a/b')).toBe('key:a/b');
});
