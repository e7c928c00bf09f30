import type { Block, Inline } from '../../core/domain/document.ts';

/** Calls `visit` with each piece of literal text, in order. Works without recursion, so that no depth is too deep. */
export function forEachText(
  nodes: readonly (Block | Inline)[],
  visit: (text: string, kind: 'text' | 'url' | 'block') => void,
): void {
  const stack: (Block | Inline)[] = nodes.toReversed();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if ('text' in node) visit(node.text, 'text');
    if (node.type === 'link') visit(node.url, 'url');
    if (node.type === 'break') visit('\n', 'text');
    if (isBlock(node)) visit('', 'block');
    const children = childrenOf(node);
    for (let index = children.length - 1; index >= 0; index -= 1) {
      const child = children[index];
      if (child !== undefined) stack.push(child);
    }
  }
}

const blockTypes = new Set<string>(['paragraph', 'heading', 'code_block', 'quote', 'list', 'table', 'rule']);

function isBlock(node: Block | Inline): node is Block {
  return blockTypes.has(node.type);
}

function childrenOf(node: Block | Inline): readonly (Block | Inline)[] {
  if ('children' in node) return node.children;
  if (node.type === 'quote') return node.blocks;
  if (node.type === 'list') return node.items.flatMap((item) => item.blocks);
  if (node.type === 'table') return node.rows.flat(2);
  return [];
}
