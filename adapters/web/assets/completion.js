import { el } from './dom.js';

const DELAY_MS = 40;

/** A whole command is shown as it would be written, an argument as it is. */
function labelOf({ label, value }) {
  const [first] = label.split(' ');
  return value.split(' ')[0] === first ? `/${label}` : label;
}

/**
 * Commands offered while a line that begins with a slash is written: the combobox pattern with a list box. The text
 * box is a combobox only while the list is open; otherwise it stays an ordinary box of many lines.
 */
export function createCompletion({ box, list, choicesFor, onAccept }) {
  let choices = [];
  let active = -1;
  let asked = 0;
  let timer;

  const isOpen = () => !list.hidden;
  const lineOf = () => {
    const atEnd = box.selectionStart === box.value.length && box.selectionEnd === box.value.length;
    return box.value.startsWith('/') && !box.value.includes('\n') && atEnd ? box.value.slice(1) : undefined;
  };
  const close = () => {
    asked += 1;
    clearTimeout(timer);
    list.hidden = true;
    for (const name of [
      'role',
      'aria-expanded',
      'aria-controls',
      'aria-autocomplete',
      'aria-activedescendant',
      'aria-haspopup',
    ]) {
      box.removeAttribute(name);
    }
  };
  const activate = (index) => {
    active = index;
    [...list.children].forEach((option, position) => {
      option.setAttribute('aria-selected', String(position === active));
    });
    box.setAttribute('aria-activedescendant', `choice-${active}`);
    list.children[active]?.scrollIntoView({ block: 'nearest' });
  };
  const show = (found, line) => {
    choices = found;
    const isComplete = found.length === 1 && found[0].value.trim() === line.trim();
    if (found.length === 0 || isComplete) {
      close();
      return;
    }
    list.replaceChildren(
      ...found.map((choice, index) =>
        el(
          'div',
          { id: `choice-${index}`, role: 'option', 'aria-selected': 'false', onclick: () => accept(index) },
          el('span', { class: 'choice-label' }, labelOf(choice)),
          el('span', { class: 'choice-hint' }, choice.hint),
        ),
      ),
    );
    list.hidden = false;
    box.setAttribute('role', 'combobox');
    box.setAttribute('aria-expanded', 'true');
    box.setAttribute('aria-haspopup', 'listbox');
    box.setAttribute('aria-autocomplete', 'list');
    box.setAttribute('aria-controls', list.id);
    activate(0);
  };
  const ask = () => {
    const line = lineOf();
    if (line === undefined) {
      close();
      return;
    }
    asked += 1;
    const number = asked;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const found = await choicesFor(line);
      if (number === asked && lineOf() === line) show(found, line);
    }, DELAY_MS);
  };
  const accept = (index) => {
    box.value = `/${choices[index].value}`;
    box.setSelectionRange(box.value.length, box.value.length);
    close();
    box.focus();
    onAccept();
    ask();
  };
  const step = (by) => activate((active + by + choices.length) % choices.length);
  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Escape: close,
    Tab: () => accept(active),
    Enter: () => accept(active),
  };

  box.addEventListener('input', ask);
  box.addEventListener('blur', close);
  // Pressing the mouse on a choice must not take the focus, which would close the list before the click.
  list.addEventListener('mousedown', (event) => event.preventDefault());
  return {
    close,
    ask,
    /** True when the key was for the list. */
    handleKey(event) {
      if (!isOpen() || event.isComposing || event.shiftKey || event.ctrlKey || event.altKey || event.metaKey)
        return false;
      const isWhole = event.key === 'Enter' && choices[active]?.value.trim() === box.value.slice(1).trim();
      if (isWhole || keys[event.key] === undefined) {
        if (isWhole) close();
        return false;
      }
      event.preventDefault();
      keys[event.key]();
      return true;
    },
  };
}
