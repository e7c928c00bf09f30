import { get, post } from './api.js';
import { clientId } from './client-id.js';
import { createComposer } from './composer.js';
import { createConversation } from './conversation.js';
import { el, icon, setText } from './dom.js';
import { listen } from './events.js';
import { createOutbox } from './outbox.js';
import { createSchedule } from './schedule.js';
import { tabStore } from './tab-store.js';

const NOTICE_MS = 10_000;
const STARTERS = 6;
/** These have buttons of their own. */
const buttons = new Set(['new', 'stop']);
const part = (id) => document.querySelector(`#${id}`);

let account = '';
let commands = [];
let maxChars = Infinity;
let outbox;
let activityCount = 0;
let noticeTimer;
let sendsWhenReady = false;

function notify(text) {
  clearTimeout(noticeTimer);
  setText(part('notice'), text);
  noticeTimer = setTimeout(() => setText(part('notice'), ''), NOTICE_MS);
}

/** The server does not know this browser any more: the page itself brings a session, or the login. */
function signIn() {
  const key = 'metaclaw.signed-in-at';
  const last = Number(tabStore.get(key) ?? 0);
  tabStore.set(key, String(Date.now()));
  // Where nothing is kept, nothing would end the going round.
  if (Math.abs(Date.now() - last) < 15_000 || tabStore.get(key) === null) {
    notify('The server does not recognise this browser. Allow cookies for this page, then reload it.');
    return;
  }
  // Not `reload`, which may still count as coming from the site whose link led here.
  location.replace('/');
}

const pageId = (id) => `${account}.p.${id}`;
const ownId = (messageId) => messageId.slice(pageId('').length);

/** A person's message as the page shows it: what the server knows, or what is on its way from here. */
function personView(view) {
  const item = outbox.items().find((other) => pageId(other.id) === view.id);
  if (view.accepted || item === undefined) return { ...view, state: view.accepted ? 'sent' : 'sending' };
  return { ...view, state: item.state, reason: item.reason };
}
// The server's first state of a message has revision 1, the accepted one 2.
const localView = (item) => ({
  ...item,
  id: pageId(item.id),
  from: 'person',
  revision: item.state === 'sent' ? 2 : 1,
});
const viewOf = (view) => (view.from === 'person' ? personView(view) : view);

async function act(messageId, action, button) {
  // Not `disabled`: that would take the focus away from under the person's fingers.
  if (button.ariaDisabled === 'true') return;
  button.ariaDisabled = 'true';
  const answer = await post('/api/actions', { id: clientId(), messageId, actionId: action.actionId });
  button.ariaDisabled = null;
  if (!answer.ok) notify(answer.message);
}

const conversation = createConversation({
  scroller: part('scroller'),
  log: part('log'),
  earlier: part('earlier'),
  latest: part('latest'),
  thinking: part('thinking'),
  welcome: part('welcome'),
  makers: {
    answer: { notify, onAction: act },
    person: (view) => ({
      onResend: () => outbox.resend(ownId(view.id)),
      onTakeBack() {
        composer.put(outbox.takeBack(ownId(view.id)));
        conversation.remove(view.id);
      },
    }),
  },
});

function setRunning(isRunning) {
  activityCount += 1;
  const stop = part('stop');
  if (!isRunning && stop === document.activeElement) part('message').focus();
  stop.hidden = !isRunning;
  conversation.running(isRunning);
}

const composer = createComposer({
  form: part('composer'),
  box: part('message'),
  list: part('choices'),
  send: part('send'),
  async choicesFor(line) {
    const answer = await post('/api/completions', { id: clientId(), line });
    if (answer.ok) return answer.data.choices;
    // The first words are known here too.
    return commands
      .filter((command) => command.name.startsWith(line.toLowerCase()))
      .map((command) => ({ value: command.name, label: command.name, hint: command.summary }));
  },
  onSend(text) {
    if (outbox === undefined) {
      // The page is just opening: the words go out as soon as it knows who writes.
      sendsWhenReady = true;
      notify('Still connecting: your message goes out as soon as the server answers.');
      return false;
    }
    if (text.length > maxChars) {
      notify(`This is too long: at most ${maxChars.toLocaleString()} characters go into one message.`);
      return false;
    }
    send(text);
    return true;
  },
});

function send(text) {
  outbox.send(text);
  conversation.toEnd();
  part('message').focus();
}

function becomeAccount(name) {
  if (account === name) return;
  account = name;
  outbox = createOutbox({
    storageKey: `metaclaw.outbox.${name}`,
    onChange: (item) => conversation.show(localView(item)),
    onGone: (item) => conversation.show(localView(item)),
    onSignedOut: signIn,
  });
  outbox.restore();
}

function showPage(page) {
  const model = page.model === '' ? '' : page.model;
  setText(part('model'), model);
  part('model').title = model;
  part('logout').hidden = !page.canLogOut;
  part('schedule').hidden = !page.hasSchedule;
  const isHidden = tabStore.get('metaclaw.banner-hidden') === page.banner;
  part('banner').hidden = page.banner === null || isHidden;
  setText(part('banner-text'), page.banner ?? '');
  commands = page.commands;
  maxChars = page.maxChars;
  part('examples').replaceChildren(
    ...page.examples.map((text) =>
      el('li', {}, el('button', { type: 'button', class: 'example', onclick: () => send(text) }, text)),
    ),
  );
  part('starters').replaceChildren(
    ...commands
      .filter((command) => !buttons.has(command.name))
      .slice(0, STARTERS)
      .map((command) =>
        el(
          'li',
          {},
          el(
            'button',
            { type: 'button', class: 'starter', onclick: () => composer.begin(`/${command.name}`) },
            el('code', {}, `/${command.name}`),
            el('span', {}, command.summary),
          ),
        ),
      ),
  );
}

let refreshing = 0;
let wasLoaded = false;

/** Fetches everything anew; on failure again after a while, for as long as no later call does. */
async function refresh(waitMs = 1_000) {
  refreshing += 1;
  const number = refreshing;
  const before = activityCount;
  conversation.beginFetch();
  const answer = await get('/api/conversation');
  if (number !== refreshing) return;
  if (!answer.ok) {
    if (answer.status === 401) signIn();
    else setTimeout(() => number === refreshing && refresh(Math.min(15_000, waitMs * 2)), waitMs);
    return;
  }
  const page = answer.data;
  becomeAccount(page.account);
  showPage(page);
  for (const view of page.messages) if (view.accepted) outbox.settle(ownId(view.id));
  const shown = new Set(page.messages.map((view) => view.id));
  const locals = outbox
    .items()
    .map(localView)
    .filter((view) => !shown.has(view.id));
  conversation.replaceAll(page.messages.map(viewOf), locals);
  if (before === activityCount) setRunning(page.isRunning);
  if (sendsWhenReady) {
    sendsWhenReady = false;
    notify('');
    composer.submit();
  }
  if (!wasLoaded && page.messages.length > 0) conversation.toEnd();
  wasLoaded = true;
}

const events = listen({
  onHello() {
    part('connection').replaceChildren();
    document.body.classList.remove('lost');
    void refresh();
  },
  onLost() {
    if (document.body.classList.contains('lost')) return;
    document.body.classList.add('lost');
    part('connection').replaceChildren(
      el('span', {}, 'The connection is lost; trying again. What you write stays here.'),
      el('button', { type: 'button', class: 'action', onclick: () => events.retryNow() }, 'Try now'),
    );
  },
  onRefused: () => void refresh(),
  onEvent(event) {
    if (outbox === undefined) return;
    if (event.type === 'activity') setRunning(event.isRunning);
    else if (event.type === 'notice') notify(event.text);
    else if (event.type === 'message.shown') conversation.show(viewOf(event.message));
    else if (!outbox.has(ownId(event.messageId))) conversation.remove(event.messageId);
  },
});

createSchedule({ part, onSignedOut: signIn });

part('send').append(icon('send'));
part('stop').append(icon('stop'));
part('stop').addEventListener('click', async () => {
  const answer = await post('/api/messages', { id: clientId(), text: '/stop', quiet: true });
  if (!answer.ok) notify(answer.message);
});
part('new').addEventListener('click', () => {
  if (outbox === undefined) return;
  send('/new');
});
part('logout').addEventListener('click', async () => {
  const answer = await post('/api/logout', {});
  if (!answer.ok) {
    notify(answer.message);
    return;
  }
  // Drafts are not for whoever sits here next.
  tabStore.clear();
  location.replace('/login');
});
part('banner-hide').addEventListener('click', () => {
  tabStore.set('metaclaw.banner-hidden', part('banner-text').textContent);
  part('banner').hidden = true;
  part('message').focus();
});
