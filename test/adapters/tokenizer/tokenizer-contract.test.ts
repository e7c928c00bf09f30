import { tokenizerContract } from '../../contract/tokenizer.ts';
import { fixtureFolder, listedMarkup, openFolder } from './fixture.ts';

tokenizerContract({
  name: 'byte-level words, ChatML',
  tokenizer: await openFolder(fixtureFolder('chatml')),
  markup: listedMarkup(fixtureFolder('chatml')),
  vocabularySize: 607,
  normal: (text) => text.toWellFormed().normalize('NFC'),
  takesTools: true,
});

tokenizerContract({
  name: 'pieces with bytes, bos, roles in turn',
  tokenizer: await openFolder(fixtureFolder('pieces')),
  markup: listedMarkup(fixtureFolder('pieces')),
  vocabularySize: 616,
  // The piece for a space is a space again, and the decoder of bytes drops byte order marks.
  normal: (text) => text.toWellFormed().normalize('NFKC').replaceAll('▁', ' ').replaceAll('\ufeff', ''),
  takesTools: true,
});
