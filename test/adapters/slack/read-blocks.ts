import { expect } from 'vitest';
import { z } from 'zod';
import type { SeenLinks } from '../../contract/link-spoofing.ts';
import { type MessageBlock, messageBlock } from '../../fakes/slack/block-schemas.ts';

export interface ReadBlocks extends SeenLinks {
  /** Kinds of elements and styles, without the plain ones. */
  readonly markup: readonly string[];
}

type RichText = Extract<MessageBlock, { readonly type: 'rich_text' }>;
type RichPart = RichText['elements'][number];
type RichElement = Extract<RichPart, { readonly type: 'rich_text_section' }>['elements'][number];

/** Holds blocks against the strict schema; what it does not know is refused. */
export function checkedBlocks(blocks: unknown): readonly MessageBlock[] {
  const parsed = z.array(messageBlock).safeParse(blocks);
  if (!parsed.success) expect.unreachable(`${z.prettifyError(parsed.error)} in ${JSON.stringify(blocks)}`);
  return parsed.data ?? [];
}

/** What a person sees of blocks. */
export function readBlocks(blocks: unknown): ReadBlocks {
  const markup = new Set<string>();
  const links: { from: number; to: number; url: string }[] = [];
  let text = '';

  function element(part: RichElement): void {
    for (const [style, isOn] of Object.entries(part.style ?? {})) if (isOn) markup.add(style);
    if (part.type === 'text') {
      text += part.text;
      return;
    }
    markup.add(part.type);
    if (part.type !== 'link') return;
    const shown = part.text ?? part.url;
    links.push({ from: text.length, to: text.length + shown.length, url: part.url });
    text += shown;
  }

  function richPart(part: RichPart): void {
    if (part.type !== 'rich_text_section') markup.add(part.type.replace('rich_text_', ''));
    if (part.type !== 'rich_text_list') {
      part.elements.forEach(element);
      text += '\n';
      return;
    }
    for (const [index, item] of part.elements.entries()) {
      const sign = part.style === 'ordered' ? `${index + 1}.` : '•';
      text += `${'  '.repeat(part.indent ?? 0)}${sign} `;
      item.elements.forEach(element);
      text += '\n';
    }
  }

  for (const block of checkedBlocks(blocks)) {
    if (block.type === 'rich_text') block.elements.forEach(richPart);
    else if (block.type === 'table') {
      markup.add('table');
      for (const cell of block.rows.flat()) {
        if (cell.type === 'rich_text') cell.elements.forEach(richPart);
        else text += `${cell.text}\n`;
      }
    } else markup.add(block.type);
  }
  return { text, links, markup: [...markup].sort() };
}
