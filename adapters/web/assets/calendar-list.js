import { el, setText } from './dom.js';

/** One calendar with a button that takes it away when it is pressed twice. */
function createRow(number, onDisconnect) {
  const name = el('strong', {});
  const standing = el('span', { class: 'soft' });
  const take = el('button', { type: 'button', class: 'quiet small take' });
  const keep = el('button', { type: 'button', class: 'quiet small' }, 'Keep it');
  const ask = (isAsked) => {
    const words = isAsked ? 'Really disconnect' : 'Disconnect';
    setText(take, words);
    take.setAttribute('aria-label', `${words} ${name.textContent}`);
    take.classList.toggle('asked', isAsked);
    keep.hidden = !isAsked;
  };
  keep.addEventListener('click', () => {
    ask(false);
    take.focus();
  });
  take.addEventListener('click', async () => {
    if (keep.hidden) {
      ask(true);
      return;
    }
    if (take.ariaDisabled === 'true') return;
    take.ariaDisabled = 'true';
    await onDisconnect(number);
    take.ariaDisabled = null;
    ask(false);
  });
  ask(false);
  return {
    element: el('li', {}, el('div', { class: 'calendar' }, name, standing), take, keep),
    update(calendar) {
      setText(name, calendar.label);
      setText(standing, calendar.standing);
      ask(!keep.hidden);
    },
  };
}

/** The connected calendars, by number. Rows stay what they are while their words change, so that the focus stays too. */
export function createCalendarList({ list, onDisconnect, onFocusLost }) {
  const rows = new Map();
  return {
    update(calendars) {
      const hadFocus = list.contains(document.activeElement);
      const numbers = new Set(calendars.map(({ number }) => number));
      for (const [number, { element }] of rows) {
        if (numbers.has(number)) continue;
        element.remove();
        rows.delete(number);
      }
      for (const calendar of calendars) {
        if (!rows.has(calendar.number)) {
          const row = createRow(calendar.number, onDisconnect);
          rows.set(calendar.number, row);
          list.append(row.element);
        }
        rows.get(calendar.number).update(calendar);
      }
      list.hidden = calendars.length === 0;
      if (hadFocus && !list.contains(document.activeElement)) onFocusLost();
    },
  };
}
