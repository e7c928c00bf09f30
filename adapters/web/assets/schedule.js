import { get, post, remove } from './api.js';
import { createCalendarList } from './calendar-list.js';
import { el, icon, setText } from './dom.js';

const PICTURE = '/api/schedule/week.png';
const ALT =
  'The week hour by hour: how much usually comes, how surely it stays quiet, and over it sleep hours, busy calendars and windows.';

/** How much of the day has passed by the clock of a zone, 0 … 1; 0 where the browser does not know it. */
function dayPassed(timeZone) {
  try {
    const options = { timeZone, hour: 'numeric', minute: 'numeric', hourCycle: 'h23' };
    const [hour, minute] = new Intl.DateTimeFormat('en', options).format().split(':').map(Number);
    return (hour * 60 + minute) / 1440;
  } catch {
    return 0;
  }
}

/** The sheet behind the button “Schedule”: when the bot may learn, and the calendars that tell when people are away. */
export function createSchedule({ part, onSignedOut }) {
  const sheet = part('schedule-sheet');
  const week = part('schedule-week');
  const darkness = matchMedia('(prefers-color-scheme: dark)');
  let asking = 0;
  let drawing = 0;
  let isNew = false;

  /** What went wrong stands beside what was done, until something else is. */
  const say = (place, answer) => {
    setText(part(place), answer.ok ? '' : answer.message);
    if (!answer.ok && answer.status === 401) onSignedOut();
  };

  const calendars = createCalendarList({
    list: part('calendars'),
    async onDisconnect(number) {
      const answer = await remove(`/api/schedule/calendars/${number}`);
      say('connect-problem', answer);
      tell(answer.ok ? `Disconnected: ${answer.data.label}` : '');
      await refresh();
    },
    onFocusLost: () => part('calendars-title').focus(),
  });

  function tell(...content) {
    part('connect-status').replaceChildren(...content);
  }

  function show(view) {
    setText(part('schedule-window'), view.window);
    setText(part('schedule-next'), view.next);
    setText(part('schedule-sleep'), view.sleep);
    setText(part('schedule-zone'), view.zone);
    part('schedule-problems').replaceChildren(...view.problems.map((problem) => el('li', {}, problem)));
    part('schedule-problems').hidden = view.problems.length === 0;
    calendars.update(view.calendars);
    part('calendars-none').hidden = view.calendars.length > 0;
    part('google').hidden = !view.canConnectGoogle;
    part('schedule-view').hidden = false;
  }

  /** Shows at which sides the picture goes on. */
  function markSides() {
    const { scrollLeft, clientWidth, scrollWidth } = week;
    const { classList } = part('schedule-week-frame');
    classList.toggle('goes-back', scrollLeft > 1);
    classList.toggle('goes-on', scrollLeft + clientWidth < scrollWidth - 1);
  }

  /** By as much of its way as the day there has passed: so now is in sight, wherever exactly the hours are. */
  function scrollToNow(zone) {
    week.scrollLeft = (week.scrollWidth - week.clientWidth) * dayPassed(zone);
    markSides();
  }

  /** The picture that stands there stays until the new one has come. */
  function draw() {
    drawing += 1;
    const number = drawing;
    // The size is a guess that keeps the place; another number each time, for the browser remembers by the address.
    const src = `${PICTURE}?${number}${darkness.matches ? '&dark=1' : ''}`;
    const picture = el('img', { src, alt: ALT, width: 1000, height: 740 });
    const put = (content) => {
      if (number !== drawing) return;
      week.replaceChildren(content);
      markSides();
    };
    picture.addEventListener('load', () => put(picture));
    picture.addEventListener('error', () =>
      put(el('p', { class: 'soft' }, 'The picture of the week cannot be drawn just now.')),
    );
    if (week.childElementCount === 0) put(picture);
  }

  async function refresh() {
    asking += 1;
    const number = asking;
    const answer = await get('/api/schedule');
    if (number !== asking || !sheet.open) return;
    say('schedule-problem', answer);
    if (!answer.ok) return;
    show(answer.data);
    draw();
    if (isNew) scrollToNow(answer.data.zone);
    isNew = false;
  }

  async function connect(button, what, access) {
    if (button.ariaDisabled === 'true') return false;
    button.ariaDisabled = 'true';
    tell('Connecting…');
    const answer = await post('/api/schedule/calendars', { what, access });
    button.ariaDisabled = null;
    say('connect-problem', answer);
    tell();
    if (!answer.ok) return false;
    if (answer.data.kind === 'linked') {
      tell(`Connected: ${answer.data.label}`);
      await refresh();
    } else {
      const link = el('a', { href: answer.data.url, target: '_blank', rel: 'noopener' }, 'this page');
      tell('Go on at ', link, `, which opens in a new tab. ${answer.data.hint}`);
      link.click();
    }
    return true;
  }

  // For what puts the focus there; the keyboard scrolls the picture where it is wider than the sheet.
  part('schedule-title').tabIndex = -1;
  part('calendars-title').tabIndex = -1;
  week.tabIndex = 0;
  week.addEventListener('scroll', markSides);
  addEventListener('resize', markSides);
  darkness.addEventListener('change', () => {
    if (sheet.open) draw();
  });
  part('schedule-icon').append(icon('week'));
  part('schedule-close').append(icon('close'));
  part('schedule').addEventListener('click', () => {
    say('connect-problem', { ok: true });
    tell();
    isNew = true;
    sheet.showModal();
    part('schedule-title').focus();
    void refresh();
  });
  part('schedule-close').addEventListener('click', () => sheet.close());
  // To the browser the ground around the sheet is the sheet itself.
  sheet.addEventListener('pointerdown', ({ target, clientX, clientY }) => {
    const { left, right, top, bottom } = sheet.getBoundingClientRect();
    const isInside = clientX >= left && clientX <= right && clientY >= top && clientY <= bottom;
    if (target === sheet && !isInside) sheet.close();
  });
  part('connect-google').addEventListener('click', ({ currentTarget }) =>
    connect(currentTarget, 'google', part('connect-events').checked ? 'events' : 'freebusy'),
  );
  part('connect-feed').addEventListener('submit', async (event) => {
    event.preventDefault();
    const address = part('feed-address');
    if (await connect(part('feed-add'), address.value, 'freebusy')) address.value = '';
  });
  // Back from the tab where a calendar was connected.
  addEventListener('focus', () => {
    if (sheet.open) void refresh();
  });
}
