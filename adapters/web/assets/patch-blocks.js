import { el, icon } from './dom.js';

/** The server has escaped everything in this HTML; the policy says that it may enter the page. */
const policy = globalThis.trustedTypes?.createPolicy('metaclaw', { createHTML: (html) => html });

/** The HTML each block was made from, before it got its buttons. */
const sources = new WeakMap();

function parse(html) {
  const template = document.createElement('template');
  template.innerHTML = policy === undefined ? html : policy.createHTML(html);
  return [...template.content.children];
}

/**
 * Makes `container` show `html`, touching only the blocks that differ: while an answer streams, what stands above
 * keeps its selection, focus and scroll position.
 */
export function patchBlocks(container, html) {
  const wanted = parse(html);
  const shown = [...container.children];
  wanted.forEach((block, index) => {
    const source = block.outerHTML;
    const old = shown[index];
    if (old !== undefined && sources.get(old) === source) return;
    sources.set(block, source);
    decorate(block);
    if (old === undefined) container.append(block);
    else old.replaceWith(block);
  });
  for (const extra of shown.slice(wanted.length)) extra.remove();
}

/** Gives every code block its language and a copy button. */
function decorate(block) {
  const codes = block.matches('.code') ? [block] : block.querySelectorAll('.code');
  for (const code of codes) {
    const pre = code.querySelector('pre');
    const language = code.dataset.language ?? '';
    pre.setAttribute('aria-label', language === '' ? 'Code' : `Code, ${language}`);
    pre.setAttribute('role', 'region');
    code.prepend(
      el(
        'div',
        { class: 'code-bar' },
        el('span', {}, language),
        copyButton('Copy code', () => pre.textContent),
      ),
    );
  }
}

/** A button that puts a text on the clipboard and says so. */
export function copyButton(label, textOf) {
  const words = el('span', { class: 'copy-words', 'aria-live': 'polite' });
  const button = el(
    'button',
    { type: 'button', class: 'tool copy', 'aria-label': label, title: label },
    icon('copy'),
  );
  button.addEventListener('click', async () => {
    const copied = await copyText(textOf());
    button.replaceChildren(icon(copied ? 'done' : 'copy'));
    words.textContent = copied ? 'Copied' : 'Copying is not allowed here';
    setTimeout(() => {
      button.replaceChildren(icon('copy'));
      words.textContent = '';
    }, 2_000);
  });
  return el('span', { class: 'copying' }, words, button);
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** The clipboard API exists on secure addresses only; a page opened by its address in the local network has this. */
function copyBySelection(text) {
  const area = el('textarea', { class: 'hidden', 'aria-hidden': true, tabindex: -1 });
  area.value = text;
  const focused = document.activeElement;
  document.body.append(area);
  area.select();
  const copied = document.execCommand('copy');
  area.remove();
  focused?.focus();
  return copied;
}
