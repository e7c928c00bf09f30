import { expect } from 'vitest';
import type { Block, Document, Inline } from '../../../core/domain/document.ts';
import { splitDocument } from '../../../core/domain/split-document.ts';
import { type ContractRunner, type Stage, words } from './contract-runner.ts';
import { nastyTexts } from './nasty-texts.ts';

let keys = 0;

/** Shows a body and looks at it. */
async function show({ channel, conversation, person }: Stage, body: Document) {
  keys += 1;
  const ref = await channel.send(conversation, { body, sendKey: `document-${keys}` });
  const seen = await person.see(ref);
  if (seen === undefined) throw new Error('the message is not there');
  return seen;
}

const text = (value: string): Inline => ({ type: 'text', text: value });
const paragraph = (...children: readonly Inline[]): Block => ({ type: 'paragraph', children });

/** One line, because blocks that have no lines of their own may join them. */
const oneLine = (value: string): string => value.replaceAll('\n', ' ');

/** Each kind of block and inline around the same words. */
const frames: readonly { readonly name: string; readonly around: (value: string) => Document }[] = [
  {
    name: 'heading',
    around: (value) => ({ blocks: [{ type: 'heading', depth: 2, children: [text(value)] }] }),
  },
  {
    name: 'strong',
    around: (value) => ({ blocks: [paragraph({ type: 'strong', children: [text(value)] })] }),
  },
  { name: 'code', around: (value) => ({ blocks: [paragraph({ type: 'code', text: value })] }) },
  {
    name: 'link',
    around: (value) => ({
      blocks: [paragraph({ type: 'link', url: 'https://example.org/', children: [text(value)] })],
    }),
  },
  { name: 'code block', around: (value) => ({ blocks: [{ type: 'code_block', text: value }] }) },
  { name: 'quote', around: (value) => ({ blocks: [{ type: 'quote', blocks: [paragraph(text(value))] }] }) },
  {
    name: 'list item',
    around: (value) => ({
      blocks: [{ type: 'list', ordered: false, start: 1, items: [{ blocks: [paragraph(text(value))] }] }],
    }),
  },
  {
    name: 'table cell',
    around: (value) => ({
      blocks: [
        {
          type: 'table',
          align: ['left', 'left'],
          rows: [
            [[text('head')], [text(value)]],
            [[text(value)], [text('cell')]],
          ],
        },
      ],
    }),
  },
];

function table(name: string): Block {
  const rows = ['a', 'b', 'c'].map((row) => ['x', 'y'].map((column) => [text(`${name}-${row}${column}`)]));
  return { type: 'table', align: ['left', 'right'], rows };
}

const lineCount = 400;
const codeLine = (index: number): string =>
  `const line${index} = [${index}, "<b>&amp;</b>"]; // ${'·'.repeat(20)}`;

export function documentPromises({ promise }: ContractRunner): void {
  promise('literal text never becomes markup in any kind of block', async (stage) => {
    for (const { name, around } of frames) {
      const harmless = (await show(stage, around('harmless'))).markup;
      for (const nasty of nastyTexts.map(oneLine)) {
        const seen = await show(stage, around(nasty));
        expect(seen.markup, `${name}: ${nasty}`).toEqual(harmless);
        expect(seen.text, name).toContain(nasty);
      }
    }
  });

  promise('code that is cut stays code', async (stage) => {
    const { channel } = stage;
    const lines = Array.from({ length: lineCount }, (_, index) => codeLine(index));
    const code = (value: string): Document => ({
      blocks: [{ type: 'code_block', language: 'ts', text: value }],
    });
    const short = await show(stage, code(codeLine(0)));
    let body = lines.join('\n');
    while (channel.measure(code(body)) <= channel.capabilities.maxTextChars * 2) body = `${body}\n${body}`;
    const pieces = splitDocument(code(body), channel.capabilities.maxTextChars, channel.measure);
    expect(pieces.length).toBeGreaterThan(2);
    const shown: string[] = [];
    for (const piece of pieces) {
      expect(channel.measure(piece)).toBeLessThanOrEqual(channel.capabilities.maxTextChars);
      const seen = await show(stage, piece);
      expect(seen.markup).toEqual(short.markup);
      shown.push(seen.text);
    }
    const names = shown.join('\n').match(/line\d+/g);
    expect(names).toEqual(body.match(/line\d+/g));
    expect(shown.join('\n')).toContain('"<b>&amp;</b>"');
  });

  promise('tables keep their cells and their rows', async (stage) => {
    const body: Document = {
      blocks: [
        paragraph(text('before')),
        table('one'),
        paragraph(text('between')),
        table('two'),
        table('three'),
      ],
    };
    const seen = await show(stage, body);
    const order = seen.text.match(/before|between|(?:one|two|three)-[abc][xy]/g);
    const cells = (name: string): string[] =>
      ['a', 'b', 'c'].flatMap((row) => ['x', 'y'].map((column) => `${name}-${row}${column}`));
    const written = ['before', ...cells('one'), 'between', ...cells('two'), ...cells('three')];
    // A platform may show a table of its own after the words, but never mixes the cells of two.
    expect(order?.toSorted()).toEqual(written.toSorted());
    for (const name of ['one', 'two', 'three']) {
      expect(order?.filter((word) => word.startsWith(`${name}-`))).toEqual(cells(name));
    }
    // Wide, long and empty tables are shown too, whatever the platform makes of them.
    const wide: Block = {
      type: 'table',
      align: Array.from({ length: 30 }, () => 'none' as const),
      rows: [0, 1].map((row) => Array.from({ length: 30 }, (_, column) => [text(`r${row}c${column}.`)])),
    };
    const wideSeen = await show(stage, { blocks: [wide] });
    expect(wideSeen.text.match(/r\dc\d+\./g)?.length).toBe(60);
    const tall: Block = {
      type: 'table',
      align: ['none'],
      rows: Array.from({ length: 120 }, (_, row) => [[text(`r${row}.`)]]),
    };
    const shown: string[] = [];
    const { channel } = stage;
    for (const piece of splitDocument(
      { blocks: [tall] },
      channel.capabilities.maxTextChars,
      channel.measure,
    )) {
      shown.push((await show(stage, piece)).text);
    }
    expect(new Set(shown.join('\n').match(/r\d+\./g)).size).toBe(120);
    const empty: Block = {
      type: 'table',
      align: ['none', 'none'],
      rows: [
        [[], [text('only')]],
        [[], []],
      ],
    };
    expect((await show(stage, { blocks: [empty] })).text).toContain('only');
    expect((await show(stage, words('after'))).text).toBe('after');
  });
}
