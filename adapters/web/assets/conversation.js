import { createAnswer } from './answer.js';
import { setText } from './dom.js';
import { createDivider, createPersonMessage } from './person-message.js';

const NEAR_PX = 120;

function kindOf(view) {
  if (view.from === 'bot') return 'answer';
  return view.state === 'sent' && /^\s*\/new\s*$/i.test(view.text) ? 'divider' : 'person';
}

/** The messages on the page, in their order, by id. What stands before the last new conversation is folded away. */
export function createConversation({ scroller, log, earlier, latest, thinking, welcome, makers }) {
  const entries = new Map();
  /** What was shown and removed since the last fetch began: the fetched state may be older than that. */
  const shownMeanwhile = new Set();
  const removedMeanwhile = new Set();
  let isUnfolded = false;
  let isRunning = false;

  /** Whether what comes is scrolled to: the reader was at the end, and was not shown the beginning of something instead. */
  let follows = true;
  let isHeld = false;

  const toGo = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight;
  const isNearEnd = () => toGo() < NEAR_PX;
  const topOf = (element) => element.getBoundingClientRect().top;
  /** Never under the keyboard's hands: hiding what has the focus would throw the focus off the page. */
  const hideLatest = (isHidden) => {
    latest.hidden = isHidden && document.activeElement !== latest;
  };
  const toEnd = () => {
    // An empty page is read from the top, also where it does not fit.
    scroller.scrollTop = welcome.hidden ? scroller.scrollHeight : 0;
    hideLatest(true);
    follows = true;
    isHeld = false;
  };
  /** Makes a change and stays at the end if the reader was there. */
  const keepingPlace = (change) => {
    change();
    if (follows) toEnd();
    else hideLatest(isNearEnd());
  };
  const make = (view, kind) => {
    if (kind === 'answer') return createAnswer(view, makers.answer);
    return kind === 'divider' ? createDivider() : createPersonMessage(view, makers.person(view));
  };
  const put = (view) => {
    const known = entries.get(view.id);
    const kind = kindOf(view);
    if (known?.kind === kind) {
      known.view = view;
      known.part.update(view);
      return;
    }
    const part = make(view, kind);
    part.update(view);
    if (known === undefined) log.append(part.element);
    else known.part.element.replaceWith(part.element);
    if (kind === 'divider') isUnfolded = false;
    entries.set(view.id, { view, kind, part });
  };
  const drop = (id) => {
    entries.get(id)?.part.element.remove();
    entries.delete(id);
  };
  const tidy = () => {
    const children = [...log.children];
    const last = children.findLastIndex((child) => child.matches('.divider'));
    children.forEach((child, index) => {
      child.hidden = index < last && !isUnfolded;
    });
    const folded = Math.max(0, last);
    earlier.hidden = folded === 0 || isUnfolded;
    setText(earlier, folded === 1 ? 'Show 1 earlier message' : `Show ${folded} earlier messages`);
    welcome.hidden = children.length > 0;
    const isStreaming = [...entries.values()].some(({ view }) => view.from === 'bot' && !view.final);
    thinking.hidden = !isRunning || isStreaming;
  };

  earlier.addEventListener('click', () => {
    isUnfolded = true;
    tidy();
    scroller.focus();
  });
  latest.addEventListener('click', () => {
    toEnd();
    document.querySelector('#message').focus();
  });
  latest.addEventListener('blur', () => {
    latest.hidden = isNearEnd() || !welcome.hidden;
  });
  // The keyboard scrolls what has the focus.
  scroller.tabIndex = 0;
  // A phone's keyboard shrinks the page: what was read last stays in sight.
  scroller.addEventListener('scroll', () => {
    // Of a held beginning only the very end lets go: small changes above it scroll too.
    follows = isHeld ? toGo() < 2 : isNearEnd();
    if (follows) isHeld = false;
    hideLatest(isNearEnd() || !welcome.hidden);
  });
  new ResizeObserver(() => {
    if (follows) toEnd();
  }).observe(scroller);

  return {
    /** Shows a message, or a newer state of it; an older state changes nothing. */
    show(view) {
      if ((entries.get(view.id)?.view.revision ?? -1) > view.revision) return;
      shownMeanwhile.add(view.id);
      removedMeanwhile.delete(view.id);
      const isWhole = view.from === 'bot' && view.final && !entries.has(view.id) && follows;
      keepingPlace(() => {
        put(view);
        tidy();
      });
      // What comes all at once is read from its beginning.
      const { element } = entries.get(view.id).part;
      if (!isWhole || topOf(element) >= topOf(scroller)) return;
      element.scrollIntoView({ block: 'start' });
      follows = false;
      isHeld = true;
    },
    remove(id) {
      removedMeanwhile.add(id);
      shownMeanwhile.delete(id);
      keepingPlace(() => {
        drop(id);
        tidy();
      });
    },
    /** The whole conversation is being fetched; `replaceAll` follows. */
    beginFetch() {
      shownMeanwhile.clear();
      removedMeanwhile.clear();
    },
    /** The conversation as the server had it when asked, then what is only here. */
    replaceAll(views, locals) {
      const fetched = views.filter((view) => !removedMeanwhile.has(view.id));
      const ids = new Set([...fetched, ...locals].map((view) => view.id));
      const newer = [...shownMeanwhile].filter((id) => !ids.has(id) && entries.has(id));
      const order = [...fetched.map((view) => view.id), ...newer, ...locals.map((view) => view.id)];
      keepingPlace(() => {
        for (const id of [...entries.keys()]) if (!order.includes(id)) drop(id);
        for (const view of [...fetched, ...locals]) {
          if ((entries.get(view.id)?.view.revision ?? -1) <= view.revision) put(view);
        }
        const elements = order.map((id) => entries.get(id).part.element);
        if (elements.some((element, index) => log.children[index] !== element)) log.append(...elements);
        tidy();
      });
    },
    running(value) {
      isRunning = value;
      keepingPlace(tidy);
    },
    toEnd,
  };
}
