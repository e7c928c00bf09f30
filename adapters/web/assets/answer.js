import { createNotes } from './answer-notes.js';
import { el } from './dom.js';
import { copyButton, patchBlocks } from './patch-blocks.js';
import { createPictures } from './pictures.js';
import { createVoteButtons } from './vote-buttons.js';

/**
 * One answer of the bot. `update` brings it to a newer state and leaves alone what did not change, so that an opened
 * line stays open and a focused button keeps the focus.
 */
export function createAnswer(view, { notify, onAction }) {
  const label = el('span', { class: 'hidden' }, 'MetaClaw: ');
  const body = el('div', { class: 'body' });
  const pictures = createPictures();
  const actions = el('div', { class: 'actions' });
  const votes = createVoteButtons(view.id, notify);
  const copy = copyButton('Copy answer', () => body.innerText);
  const tools = el('div', { class: 'tools' });
  const element = el('article', { class: 'answer' }, label, body, pictures.element, actions, tools);
  let shownActions = '';
  let shownNotes = '';

  const updateActions = (rows, messageId) => {
    const wanted = JSON.stringify(rows);
    if (wanted === shownActions) return;
    shownActions = wanted;
    const hadFocus = actions.contains(document.activeElement);
    actions.replaceChildren(
      ...rows.flat().map((action) =>
        el(
          'button',
          {
            type: 'button',
            class: 'action',
            onclick: (event) => onAction(messageId, action, event.currentTarget),
          },
          action.label,
        ),
      ),
    );
    if (hadFocus) document.querySelector('#message').focus();
  };
  /** Votes, then copying, then the notes; what does not apply is not there. */
  const place = (tool, isWanted) => {
    if (!isWanted) tool.remove();
    else if (!tools.contains(tool))
      tools.insertBefore(tool, tool === copy ? tools.querySelector('.why') : tools.firstChild);
  };
  const updateNotes = (notes) => {
    const wanted = JSON.stringify(notes);
    if (wanted === shownNotes) return;
    shownNotes = wanted;
    const old = tools.querySelector('.why');
    const isOpen = old?.open ?? false;
    old?.remove();
    if (notes === null) return;
    const line = createNotes(notes);
    line.open = isOpen;
    // Under the last answer there is no room for what opens: it is brought into sight.
    line.querySelector('summary').addEventListener('click', () => {
      requestAnimationFrame(() => line.scrollIntoView({ block: 'nearest' }));
    });
    tools.append(line);
  };

  return {
    element,
    update(next) {
      // Read out once it is whole, not at every word.
      element.setAttribute('aria-busy', String(!next.final));
      element.classList.toggle('streaming', !next.final);
      patchBlocks(body, next.html);
      pictures.update(next.pictures);
      updateActions(next.actions, next.id);
      actions.hidden = next.actions.length === 0;
      votes.update(next.vote);
      place(votes.element, next.canVote);
      place(copy, next.canVote && next.final);
      updateNotes(next.notes);
      tools.hidden = !next.canVote && next.notes === null;
    },
  };
}
