/** Every kind of formatting that answers use, once. */
export const markdownShowcase = `# Headings

## of two sizes

Words can be **bold**, *slanted*, ~~struck out~~, \`literal\`, or a [link](https://agentskills.io).

> A quotation,
> on two lines.

- bullets
  - inside bullets
- and more of them

1. numbers
2. in order

- [x] something done
- [ ] something to do

| Fruit | Weight |
| --- | ---: |
| apple | 150 g |
| melon | 1,200 g |

\`\`\`ts
const greeting: string = 'hello';
console.log(greeting);
\`\`\`

---

And a last line with characters that must arrive as they are: @everyone <!channel> & <b>.`;

/** A code block. */
export const codeShowcase = `\`\`\`ts
/** Counts the words of a text. */
function countWords(text: string): number {
  return text.split(/\\s+/).filter((word) => word !== '').length;
}
\`\`\``;

const sentences = [
  'This paragraph is here to take up room and says so.',
  'A platform cuts long answers into several messages, and the cut should come between two paragraphs.',
  'Watch how the text grows while it streams, and where one message ends and the next one begins.',
  'Reactions to any of the messages count for the whole answer.',
  'Stop it in the middle with /stop if you have seen enough.',
];

/** About twelve thousand characters of paragraphs, headings and code, the same each time. */
export function longAnswer(): string {
  const blocks: string[] = [];
  for (let part = 1; part <= 8; part += 1) {
    blocks.push(`## Part ${part} of 8`);
    for (let paragraph = 0; paragraph < 4; paragraph += 1) {
      const from = part + paragraph;
      blocks.push(sentences.map((_, index) => sentences[(from + index) % sentences.length]).join(' '));
    }
    if (part % 4 === 0) {
      const lines = Array.from(
        { length: 12 },
        (_, index) => `console.log('part ${part}, line ${index + 1}');`,
      );
      blocks.push(['```js', ...lines, '```'].join('\n'));
    }
  }
  return blocks.join('\n\n');
}
