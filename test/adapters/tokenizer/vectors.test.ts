import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { collectAddedTokens } from '../../../adapters/tokenizer/added-token.ts';
import { createPromptIds } from '../../../adapters/tokenizer/prompt-ids.ts';
import { readTokenizerFolder } from '../../../adapters/tokenizer/read-folder.ts';
import { createMarkupSplitter } from '../../../adapters/tokenizer/split-markup.ts';
import { createTextIds } from '../../../adapters/tokenizer/text-ids.ts';
import { importLibraries, readTokenizerJson } from '../../../adapters/tokenizer/wire.ts';
import { changedFolder, fixtureFolder, openFolder, readVectors } from './fixture.ts';

/** Ids of a text in which markup is the template's own. */
async function markedIds(folder: string): Promise<(text: string) => readonly number[]> {
  const files = await readTokenizerFolder(folder);
  const json = readTokenizerJson(files.tokenizer);
  const tokens = collectAddedTokens(json, {});
  const pause = (): Promise<void> => Promise.resolve();
  const textIds = await createTextIds({ json, tokens, libraries: await importLibraries(), pause });
  const promptIds = createPromptIds(createMarkupSplitter(tokens), textIds);
  return (text) => promptIds(text, { restore: (part) => part });
}

function compareWithReference(folder: string): void {
  const vectors = readVectors(folder);
  const opened = openFolder(folder);

  test.each(vectors.texts)('text $text', async ({ text, ids, decoded }) => {
    const tokenizer = await opened;
    expect([...tokenizer.encode(text)]).toEqual(ids);
    expect(tokenizer.decode(Int32Array.from(ids))).toBe(decoded);
  });

  test.each(vectors.chats)('chat %#', async ({ messages, tools, ids }) => {
    const tokenizer = await opened;
    expect([...tokenizer.renderPrompt(messages, tools)]).toEqual(ids);
  });
}

describe.each(['chatml', 'pieces'] as const)('ids of the reference: %s', (name) => {
  compareWithReference(fixtureFolder(name));
});

describe('markup of the template, with all flags', () => {
  test.each(readVectors(fixtureFolder('pieces')).marked)('$text', async ({ text, ids }) => {
    expect((await markedIds(fixtureFolder('pieces')))(text)).toEqual(ids);
  });
});

describe.each(['chatml', 'pieces'] as const)('other parts: %s', (name) => {
  test.each(readVectors(fixtureFolder(name)).variants)('%#', async ({ changes, texts }) => {
    const idsOf = await markedIds(changedFolder(name, { tokenizer: changes }));
    for (const { text, ids } of texts) expect(idsOf(text), text).toEqual(ids);
  });
});

const ownFolder = process.env['METACLAW_TOKENIZER_FOLDER'] ?? '';
const hasVectors = existsSync(join(ownFolder, 'vectors.json'));

describe.skipIf(!hasVectors)('METACLAW_TOKENIZER_FOLDER', () => {
  if (hasVectors) compareWithReference(ownFolder);
});

test.skipIf(hasVectors)(
  'a real model (needs METACLAW_TOKENIZER_FOLDER with vectors.json, which test/fixtures/tokenizers/build.py FOLDER writes)',
  ({ skip }) => skip(),
);
