import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeConversationKey } from '../../../core/domain/conversation.ts';
import { personId, turnId } from '../../../core/domain/ids.ts';
import { armKeyOf } from '../../../core/domain/talk-arm.ts';
import {
  answerRef,
  armTalk,
  broughtTalk,
  loneTalk,
  namedTalk,
  openedTalk,
  ownKeyId,
} from '../../../core/intake/talk-key.ts';
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

test('a name, an opening, what was brought along and a single turn never meet', () => {
  const brought = (firstAnswer: string, last: string, wordsIndex: number) =>
    broughtTalk(lab, { opening: 'a', firstAnswer }, { text: last, wordsIndex }, digest);
  const talks = [
    namedTalk(lab, 'a', digest),
    namedTalk(guest, 'a', digest),
    openedTalk(lab, 'a', '', digest),
    loneTalk(lab, 'a', turnId('a'), digest),
    armTalk(lab, { opening: 'a' }, digest),
    brought('', '', 1),
    brought('', '', 2),
    brought('b', '', 1),
    brought('', 'b', 1),
  ];
  expect(new Set(talks.map(({ channelId }) => channelId)).size).toBe(talks.length);
  expect(talks[0]).toMatchObject({ platform: 'api', spaceId: 'api:lab', audience: 'direct' });
});

test('a talk is drawn before anything is answered by what its stored key is drawn by', () => {
  fc.assert(
    fc.property(text, text, text, fc.nat(9), fc.boolean(), (name, opening, answer, count, isNamed) => {
      const drawn = encodeConversationKey(armTalk(lab, isNamed ? { name, opening } : { opening }, digest));
      const stored = isNamed
        ? [namedTalk(lab, name, digest)]
        : [
            openedTalk(lab, opening, answer, digest),
            loneTalk(lab, opening, turnId(`turn_${count}`), digest),
            broughtTalk(lab, { opening, firstAnswer: name }, { text: answer, wordsIndex: count }, digest),
          ];
      expect(armKeyOf(drawn)).toBe(drawn);
      for (const talk of stored) expect(armKeyOf(encodeConversationKey(talk))).toBe(drawn);
      expect(encodeConversationKey(armTalk(guest, { opening }, digest))).not.toBe(drawn);
    }),
  );
});

test('messages are named by their space, own names by the person who gave them', () => {
  expect(answerRef(lab, 'm1')).toEqual({ platform: 'api', channelId: 'lab', messageId: 'm1' });
  expect(ownKeyId(lab.personId, 'a/b')).toBe('key:2:k1:a/b');
  fc.assert(
    fc.property(text, text, text, text, (a, b, c, d) => {
      const [one, other] = [ownKeyId(personId('api', a), b), ownKeyId(personId('api', c), d)];
      expect(one === other).toBe(a === c && b === d);
    }),
  );
});
