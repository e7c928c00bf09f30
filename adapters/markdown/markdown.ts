import type { MarkdownPort } from '../../core/ports/markdown.ts';
import { withoutMarks } from './bound-structure.ts';
import { joinLists } from './join-lists.ts';
import { parseSegment } from './parse-segment.ts';
import { createRecent } from './recent.ts';
import { segments } from './segments.ts';

/** Growing text is parsed again and again while it streams: what did not change is remembered, up to this much text. */
const rememberedChars = 256 * 1024;

/**
 * CommonMark with GitHub's tables, strikethrough (two tildes), task lists and bare addresses. A line ending inside a
 * paragraph is a break, as people in a chat expect; footnotes stay where they were written.
 */
export function createMarkdown(): MarkdownPort {
  const blocksOf = createRecent(rememberedChars, parseSegment);
  return {
    parse: (markdown) => {
      const text = withoutMarks(markdown)
        .replace(/^\uFEFF/, '')
        .replaceAll(/\r\n?/g, '\n');
      return { blocks: joinLists(segments(text), blocksOf) };
    },
  };
}
