import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { WebChannelOptions } from '../../../adapters/web/options.ts';
import { nastyTexts } from '../../contract/channel/nasty-texts.ts';
import { samplePicture } from '../../contract/channel/sample-picture.ts';
import {
  type BrowserStage,
  chromiumPath,
  createStage,
  feedback,
  hasChromium,
  launchChromium,
  notes,
} from './browser-stage.ts';
import { assetsFolder } from './web-rig.ts';

const title = hasChromium
  ? 'the page in Chromium'
  : `the page in Chromium [SKIPPED: there is no ${chromiumPath}]`;
const longAnswer =
  '# Totals\n\nUse a **window function**, see [the manual](https://example.org/a).\n\n1. one\n2. two\n   - inner\n\n> quoted words\n\n```sql\nSELECT customer_id, ordered_at, SUM(amount) OVER (PARTITION BY customer_id ORDER BY ordered_at) FROM orders;\n```\n\n| customer | amount |\n| :-- | --: |\n| Ada | 20.00 |\n\n- [x] done\n- [ ] open\n\n---\n\n`Averylongwordwithoutanyplacetobreakitbecauseitisonewordandgoesonandonandonandon`';

describe.skipIf(!hasChromium)(title, () => {
  let browser: Browser;
  let stage: BrowserStage;

  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterEach(() => stage.close());
  afterAll(() => browser.close());

  const begin = async (options: Partial<WebChannelOptions> = {}) => {
    stage = await createStage(browser, options);
    return stage;
  };
  const write = async (page: Page, text: string): Promise<void> => {
    await page.locator('#message').fill(text);
    await page.locator('#send:enabled').waitFor();
    await page.keyboard.press('Enter');
  };
  const texts = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allInnerTexts();

  test('a person writes, sees the answer grow, and may write on', async () => {
    const { open, inbox, say, edit, channel, target } = await begin({
      modelDescription: () => 'demo model',
      banner: () => 'A stand-in answers.',
    });
    const { page, problems } = await open();
    await page.locator('#welcome').waitFor();
    expect(await page.locator('#model').innerText()).toBe('demo model');
    expect(await page.locator('#banner-text').innerText()).toBe('A stand-in answers.');
    await page.locator('#message').pressSequentially('first line');
    await page.keyboard.press('Shift+Enter');
    await page.locator('#message').pressSequentially('second <line>');
    await page.keyboard.press('Enter');
    expect((await inbox.nth('message_received')).text).toBe('first line\nsecond <line>');
    await page.locator('.said:not(.pending)').waitFor();
    expect(await texts(page, '.said .words')).toEqual(['first line\nsecond <line>']);
    expect(await page.locator('#message').inputValue()).toBe('');
    expect(await page.locator('#welcome').isVisible()).toBe(false);

    await channel.activity(target(), 'thinking');
    await page.locator('#thinking').waitFor();
    await page.locator('#stop').waitFor();
    const ref = await say('Growing', { final: false });
    await page.locator('.answer[aria-busy="true"]').waitFor();
    expect(await page.locator('#thinking').isVisible()).toBe(false);
    await edit(ref, 'Growing **words**', { final: false });
    await page.locator('.answer strong').waitFor();
    await edit(ref, 'Growing **words**.\n\nDone.', { actions: [feedback] });
    await channel.activity(target(), 'idle');
    await page.locator('.answer[aria-busy="false"]').waitFor();
    expect(await texts(page, '.answer .body')).toEqual(['Growing words.\n\nDone.']);
    await page.locator('#stop').waitFor({ state: 'hidden' });
    await write(page, 'and more');
    expect((await inbox.nth('message_received', 1)).text).toBe('and more');
    expect(await page.evaluate('document.activeElement.id')).toBe('message');
    await page.locator('#banner-hide').click();
    await page.reload();
    await page.locator('.said').nth(1).waitFor();
    expect(await page.locator('#banner').isVisible()).toBe(false);
    expect(problems).toEqual([]);
  });

  test('streaming leaves alone what stands: the selection above and the opened line stay', async () => {
    const { open, inbox, say, edit } = await begin();
    const { page } = await open();
    await write(page, 'hello');
    await inbox.nth('message_received');
    const ref = await say('First paragraph.\n\nSecond', { final: false, notes });
    await page.locator('.answer .why summary').click();
    await page.evaluate(
      "const p = document.querySelector('.body p'); p.marked = true; getSelection().selectAllChildren(p)",
    );
    await edit(ref, 'First paragraph.\n\nSecond one.\n\nThird.', { notes, actions: [feedback] });
    await page.locator('.body p').nth(2).waitFor();
    expect(await page.evaluate("[document.querySelector('.body p').marked, String(getSelection())]")).toEqual(
      [true, 'First paragraph.'],
    );
    expect(await page.locator('.why').getAttribute('open')).not.toBe(null);
  });

  test('a vote is given, changed, taken back, kept over a reload, and shown on the other pages', async () => {
    const { open, inbox, say } = await begin();
    const { page, problems } = await open();
    await write(page, 'question');
    await inbox.nth('message_received');
    await say('Answer', { actions: [feedback], notes });
    await say('No feedback here');
    const good = page.getByRole('button', { name: 'Good answer' });
    const bad = page.getByRole('button', { name: 'Bad answer' });
    const pressed = async (): Promise<(string | null)[]> => [
      await good.getAttribute('aria-pressed'),
      await bad.getAttribute('aria-pressed'),
    ];
    await good.click();
    expect(await pressed()).toEqual(['true', 'false']);
    expect(await good.count()).toBe(1);
    await inbox.nth('signal_given');
    await bad.focus();
    await page.keyboard.press('Space');
    expect(await pressed()).toEqual(['false', 'true']);
    await inbox.nth('signal_given', 1);
    const other = await page.context().newPage();
    await other.goto(stage.origin);
    await other.locator('.vote.bad[aria-pressed="true"]').waitFor();
    await page.bringToFront();
    await page.reload();
    await page.locator('.vote.bad[aria-pressed="true"]').waitFor();
    await bad.click();
    await inbox.nth('signal_withdrawn');
    await other.locator('.vote.bad[aria-pressed="false"]').waitFor();
    await page.reload();
    await page.locator('.vote.bad[aria-pressed="false"]').waitFor();
    inbox.answerNext('unavailable');
    await good.click();
    await page.locator('#notice', { hasText: 'Your vote was not saved' }).waitFor();
    expect(await pressed()).toEqual(['false', 'false']);
    // A press whose answer a reload cut off may be sent twice, under one id.
    const presses = new Map(
      inbox.events.map((event) => [event.eventId, 'mark' in event ? [event.type, event.mark.name] : []]),
    );
    expect([...presses.values()].slice(1)).toEqual([
      ['signal_given', 'good'],
      ['signal_given', 'bad'],
      ['signal_withdrawn', 'bad'],
      ['signal_given', 'good'],
    ]);
    expect(problems.filter((problem) => !problem.includes('503'))).toEqual([]);
  });

  test('the line under an answer opens to the skills, their fit and the words that led to them', async () => {
    const { open, inbox, say } = await begin();
    const { page } = await open();
    await write(page, 'question');
    await inbox.nth('message_received');
    await say('With', { actions: [feedback], notes });
    await say('Without', { actions: [feedback], notes: { model: 'demo', skills: [] } });
    const [first, second] = [page.locator('.why').nth(0), page.locator('.why').nth(1)];
    expect(await first.locator('summary').innerText()).toMatch(/2 skills.*gpt-5-mini/s);
    expect(await first.locator('.skills').isVisible()).toBe(false);
    await first.locator('summary').focus();
    await page.keyboard.press('Enter');
    await first.locator('.skills').waitFor();
    const listed = await first.locator('.skills').innerText();
    for (const words of [
      'be-concise',
      'version 2',
      '82 %',
      'Because you wrote',
      'short',
      'summary',
      'worked-example',
      '41 %',
    ]) {
      expect(listed).toContain(words);
    }
    await second.locator('summary').click();
    expect(await second.innerText()).toMatch(/No skill.*demo.*Nothing in the skill library matched/s);
  });

  test('a browser that lets pages keep nothing can still be used', async () => {
    const { open, inbox, origin } = await begin();
    const { page, problems } = await open();
    await page.addInitScript(
      "Object.defineProperty(globalThis, 'sessionStorage', { get() { throw new DOMException('denied', 'SecurityError'); } })",
    );
    await page.goto(origin);
    await page.locator('#welcome').waitFor();
    await write(page, 'words');
    await inbox.nth('message_received');
    await page.locator('.said:not(.pending)').waitFor();
    expect(problems).toEqual([]);
    await page.route(origin, (route) => route.fulfill({ path: join(assetsFolder, 'index.html') }));
    await page.context().clearCookies();
    await page.goto(origin);
    await page.getByText('Allow cookies for this page').waitFor();
  });

  test('an example on the empty page is sent with one press', async () => {
    const { open, inbox } = await begin({ examples: ['How high is it?', 'And <how> wide?'] });
    const { page, problems } = await open();
    await page
      .getByRole('list', { name: 'Examples' })
      .getByRole('button', { name: 'And <how> wide?' })
      .click();
    expect((await inbox.nth('message_received')).text).toBe('And <how> wide?');
    await page.locator('.said:not(.pending)').waitFor();
    expect(await page.locator('#welcome').isVisible()).toBe(false);
    expect(await page.evaluate('document.activeElement.id')).toBe('message');
    expect(problems).toEqual([]);
  });

  test('what opens under the last answer, and the beginning of what came whole, are in sight', async () => {
    const { open, inbox, say, channel, target } = await begin();
    const { page } = await open();
    await write(page, 'question');
    await inbox.nth('message_received');
    const inSight = (selector: string) =>
      page.evaluate(
        `(() => {
          const view = document.querySelector('#scroller').getBoundingClientRect();
          const box = [...document.querySelectorAll(${JSON.stringify(selector)})].at(-1).getBoundingClientRect();
          return { top: box.top >= view.top, bottom: box.bottom <= view.bottom };
        })()`,
      );
    await say(Array.from({ length: 12 }, (_, index) => `Paragraph ${index}.`).join('\n\n'), { notes });
    await page.locator('.why summary').click();
    await page.locator('.why[open] .skills').waitFor();
    await expect.poll(() => inSight('.why')).toEqual({ top: true, bottom: true });
    await page.evaluate("document.querySelector('#scroller').scrollTop = 1e6");
    await say(Array.from({ length: 60 }, (_, index) => `Row ${index}.`).join('\n\n'));
    await page.getByText('Row 59.').waitFor();
    await expect.poll(() => inSight('.answer')).toEqual({ top: true, bottom: false });
    await page.getByRole('button', { name: 'Jump to the latest' }).waitFor();
    // It stays so when it nearly fits and something small changes after it.
    await page.getByRole('button', { name: 'Jump to the latest' }).click();
    const rows = await page.evaluate("Math.floor(document.querySelector('#scroller').clientHeight / 37)");
    await say(Array.from({ length: Number(rows) }, (_, index) => `Line ${index}.`).join('\n\n'));
    await page.getByText('Line 0.').waitFor();
    await expect.poll(() => inSight('.answer')).toEqual({ top: true, bottom: false });
    await channel.activity(target(), 'thinking');
    await page.locator('#thinking').waitFor();
    await channel.activity(target(), 'idle');
    await page.locator('#thinking').waitFor({ state: 'hidden' });
    expect(await inSight('.answer')).toEqual({ top: true, bottom: false });
    // Nothing but the conversation may scroll: the bars above and below stay where they are.
    const moved =
      '[document.documentElement, document.body].map((one) => one.scrollTop + one.scrollHeight - innerHeight)';
    expect(await page.evaluate(moved)).toEqual([0, 0]);
    expect(await page.evaluate("document.querySelector('header').getBoundingClientRect().top")).toBe(0);
  });

  test('commands complete by keyboard alone, and by mouse', async () => {
    const { open, inbox } = await begin();
    const { page, problems } = await open();
    const box = page.locator('#message');
    const options = page.getByRole('option');
    await page.locator('#welcome').waitFor();
    await box.pressSequentially('/s');
    await options.first().waitFor();
    expect(await options.allInnerTexts()).toEqual(
      ['stop', 'skill list', 'skill show', 'skill search', 'status'].map((name) =>
        expect.stringContaining(`/${name}`),
      ),
    );
    expect(await box.getAttribute('role')).toBe('combobox');
    expect(await box.getAttribute('aria-expanded')).toBe('true');
    const active = () =>
      page.evaluate(
        "document.getElementById(document.querySelector('#message').getAttribute('aria-activedescendant')).innerText.split('\\n')[0]",
      );
    expect(await active()).toContain('/stop');
    await page.keyboard.press('ArrowDown');
    expect(await active()).toContain('/skill list');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    expect(await active()).toContain('/status');
    expect(await page.locator('[aria-selected="true"]').innerText()).toContain('/status');
    await page.keyboard.press('Escape');
    expect(await page.locator('#choices').isVisible()).toBe(false);
    expect(await box.getAttribute('role')).toBe(null);
    await box.pressSequentially('k');
    await options.first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    expect(await box.inputValue()).toBe('/skill show');
    expect(await page.evaluate('document.activeElement.id')).toBe('message');
    await page.keyboard.press('Enter');
    expect((await inbox.nth('command_invoked')).line).toBe('skill show');
    expect(await box.inputValue()).toBe('');
    await box.pressSequentially('/he');
    await options.first().waitFor();
    await page.keyboard.press('Enter');
    expect(await box.inputValue()).toBe('/help');
    await page.keyboard.press('Enter');
    expect((await inbox.nth('command_invoked', 1)).line).toBe('help');
    await box.pressSequentially('/skill l');
    await options.first().click();
    expect(await box.inputValue()).toBe('/skill list');
    // Without core, the first words are still offered.
    stage.answerCompletions(() => 'unavailable');
    await box.fill('/sk');
    await page.getByRole('option', { name: '/skill' }).waitFor();
    await box.fill('no slash /he');
    await page.locator('#choices').waitFor({ state: 'hidden' });
    expect(problems.filter((problem) => !problem.includes('503'))).toEqual([]);
  });

  test('stop and the buttons of answers reach core; a button that goes leaves the focus in the box', async () => {
    const { open, inbox, say, edit, channel, target } = await begin();
    const { page, problems } = await open();
    await write(page, 'question');
    await inbox.nth('message_received');
    await channel.activity(target(), 'thinking');
    await page.getByRole('button', { name: 'Stop the answer' }).click();
    const { line, interaction } = await inbox.nth('command_invoked');
    expect(line).toBe('stop');
    const body = { blocks: [{ type: 'paragraph', children: [{ type: 'text', text: 'Stopped.' }] }] } as const;
    await channel.respond(interaction, { kind: 'message', message: { body, sendKey: 's' }, private: false });
    await page.getByRole('status').filter({ hasText: 'Stopped.' }).waitFor();
    expect(await page.locator('.answer').count()).toBe(0);
    await channel.activity(target(), 'idle');
    await page.locator('#stop').waitFor({ state: 'hidden' });
    expect(await page.evaluate('document.activeElement.id')).toBe('message');
    expect(await texts(page, '.said')).toHaveLength(1);
    const ref = await say('It failed.', { actions: [[{ actionId: 'turn.retry', label: 'Retry' }]] });
    await page.getByRole('button', { name: 'Retry' }).click();
    expect(await inbox.nth('action_invoked')).toMatchObject({ actionId: 'turn.retry', target: ref });
    await edit(ref, 'Better now.');
    await page.getByRole('button', { name: 'Retry' }).waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.id')).toBe('message');
    expect(problems).toEqual([]);
  });

  test('a new conversation folds away what was before', async () => {
    const { open, inbox, say } = await begin();
    const { page } = await open();
    await write(page, 'old words');
    await inbox.nth('message_received');
    await say('old answer');
    await page.locator('.answer').waitFor();
    await page.getByRole('button', { name: 'New conversation' }).click();
    expect((await inbox.nth('command_invoked')).line).toBe('new');
    await page.getByRole('separator').waitFor();
    await say('A new conversation begins.');
    await page.getByText('A new conversation begins.').waitFor();
    for (const when of ['at once', 'after a reload']) {
      expect([when, await page.getByText('old answer').isVisible()]).toEqual([when, false]);
      expect([when, await page.getByText('old words').isVisible()]).toEqual([when, false]);
      if (when === 'at once') await page.reload();
      await page.getByText('A new conversation begins.').waitFor();
    }
    await page.getByRole('button', { name: 'Show 2 earlier messages' }).click();
    await page.getByText('old answer').waitFor();
    await page.getByText('old words').waitFor();
  });

  test('nothing that anybody writes becomes more than text', async () => {
    const { open, inbox, say } = await begin({
      banner: () => '<img src=x onerror=alert("banner")>',
      modelDescription: () => '<b onclick=alert(1)>model</b>',
    });
    const { page, problems } = await open();
    const payloads = [
      ...nastyTexts,
      '<img src=x onerror=alert(1)>',
      '<svg><script>alert(2)</script></svg>',
      '[click](javascript:alert(3)) [data](data:text/html,<script>alert(4)</script>)',
      '![img](https://evil.example/x.png "onerror=alert(5)")',
      '<iframe srcdoc="<script>alert(6)</script>"></iframe>',
      '"><style>*{display:none}</style>',
      '```"><img/src=x/onerror=alert(7)>\n</code></pre><script>alert(8)</script>\n```',
      '| <b>x</b> | y |\n| - | - |\n| <a href="javascript:alert(9)">z</a> | <math><mi xlink:href="javascript:alert(10)"> |',
    ];
    await write(page, 'begin');
    await inbox.nth('message_received');
    for (const [index, payload] of payloads.entries()) {
      await write(page, payload.replaceAll('\n', ' ').replace(/^\//, ''));
      await inbox.nth('message_received', index + 1);
      const trick = { name: payload, version: 1, score: 2, because: [payload] };
      await say(payload, {
        actions: [feedback, [{ actionId: 'x', label: payload }]],
        notes: { model: payload, skills: [trick] },
      });
    }
    await page
      .locator('.answer')
      .nth(payloads.length - 1)
      .waitFor();
    for (const again of [false, true]) {
      if (again) await page.reload();
      await page
        .locator('.answer')
        .nth(payloads.length - 1)
        .waitFor();
      expect(
        await page
          .locator('#scroller :is(script, style, iframe, img, object, embed, math, base, form, input)')
          .count(),
      ).toBe(0);
      expect(
        await page.evaluate(
          "[...document.querySelectorAll('#scroller *')].flatMap((element) => [...element.attributes]).filter((attribute) => attribute.name.startsWith('on') || /^\\s*(javascript|data|vbscript):/i.test(attribute.value)).length",
        ),
      ).toBe(0);
      const said = await texts(page, '.said .words');
      expect(said.slice(1)).toEqual(
        payloads.map((payload) => payload.replaceAll('\n', ' ').replace(/^\//, '')),
      );
    }
    expect(await page.locator('#banner-text').innerText()).toBe('<img src=x onerror=alert("banner")>');
    for (const summary of await page.locator('.why summary').all()) await summary.click();
    expect(problems).toEqual([]);
    // The policy itself holds, should a renderer ever fail.
    const inserted = await page.evaluate(
      "try { document.body.innerHTML = '<b>x</b>'; 'inserted' } catch (error) { error.name }",
    );
    expect(inserted).toBe('TypeError');
  });

  test('what the server cannot take stays, and goes again under the same id', async () => {
    const { open, inbox } = await begin();
    const { page } = await open();
    await page.locator('#welcome').waitFor();
    inbox.answerNext('unavailable', 'unavailable');
    await write(page, 'precious words');
    await page.locator('.said.failed').waitFor();
    expect(await page.locator('.said .reason').innerText()).toContain('send it again');
    await page.reload();
    await page.locator('.said.failed').waitFor();
    expect(await texts(page, '.said .words')).toEqual(['precious words']);
    await page.getByRole('button', { name: 'Send again' }).click();
    await inbox.nth('message_received', 1);
    await page.locator('.said.failed').waitFor();
    await page.getByRole('button', { name: 'Send again' }).click();
    await page.locator('.said:not(.pending)').waitFor();
    expect(new Set(inbox.events.map((event) => event.eventId)).size).toBe(1);
    expect(inbox.events.length).toBe(3);
    inbox.answerNext('unavailable');
    await write(page, 'to be mended');
    await page.locator('.said.failed').waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    expect(await page.locator('#message').inputValue()).toBe('to be mended');
    expect(await texts(page, '.said .words')).toEqual(['precious words']);
  });

  test('a lost connection is said; text and draft stay; afterwards everything that was missed is there', async () => {
    const { open, inbox, say, goAway, comeBack } = await begin();
    const { page } = await open();
    await write(page, 'before');
    await inbox.nth('message_received');
    const ref = await say('half an ans', { final: false });
    await page.getByText('half an ans').waitFor();
    await goAway();
    await page.locator('#connection', { hasText: 'The connection is lost' }).waitFor();
    await write(page, 'while away');
    await page.locator('.said.failed', { hasText: 'while away' }).waitFor();
    await page.locator('#message').fill('a draft');
    await stage.edit(ref, 'half an answer, made whole', { actions: [feedback] });
    await say('and another');
    await comeBack();
    await page
      .getByRole('button', { name: 'Try now' })
      .click({ timeout: 3_000 })
      .catch(() => undefined);
    await page.getByText('half an answer, made whole').waitFor({ timeout: 20_000 });
    await page.getByText('and another').waitFor();
    await page.locator('#connection:empty').waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Send again' }).click();
    expect((await inbox.nth('message_received', 1)).text).toBe('while away');
    await page.locator('.said:not(.pending)', { hasText: 'while away' }).waitFor();
    expect(await page.locator('#message').inputValue()).toBe('a draft');
    await page.reload();
    await page.getByText('and another').waitFor();
    expect(await page.locator('#message').inputValue()).toBe('a draft');
  });

  test('code is copied with one press', async () => {
    const { open, inbox, say } = await begin();
    const { page } = await open({ permissions: ['clipboard-read', 'clipboard-write'] });
    await write(page, 'code');
    await inbox.nth('message_received');
    await say('Here:\n\n```ts\nconst x = "<b>";\n```\n\n> ```\n> quoted\n> ```', { actions: [feedback] });
    const copy = page.getByRole('button', { name: 'Copy code' });
    await copy.first().click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('const x = "<b>";');
    expect(await copy.count()).toBe(2);
    await page.getByRole('button', { name: 'Copy answer' }).click();
    expect(await page.evaluate('navigator.clipboard.readText()')).toContain('Here:');
  });

  test('two pages of one browser show the same; another browser shows nothing of it', async () => {
    const { open, inbox, say } = await begin();
    const { page } = await open();
    const second = await page.context().newPage();
    await second.goto(stage.origin);
    await second.locator('#welcome').waitFor();
    await page.bringToFront();
    const { page: stranger } = await open();
    await stranger.locator('#welcome').waitFor();
    await write(page, 'shared words');
    await inbox.nth('message_received');
    await second.locator('.said:not(.pending)', { hasText: 'shared words' }).waitFor();
    await say('shared answer');
    await second.getByText('shared answer').waitFor();
    expect(await stranger.locator('.said, .answer').count()).toBe(0);
  });

  test.each(['light', 'dark'] as const)(
    '%s: contrast, names, roles and the keyboard are in order',
    async (colorScheme) => {
      const { open, inbox, say, channel, target } = await begin({
        examples: ['How high is it?'],
        banner: () => 'A stand-in answers.',
        modelDescription: () => 'demo',
      });
      const { page, checks } = await open({ colorScheme });
      await page.locator('#starters button').first().waitFor();
      expect(await checks()).toEqual({ lowContrast: [], faults: [], tooWide: [] });
      const luminance = await page.evaluate(
        'Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])',
      );
      if (colorScheme === 'dark') expect(luminance).toBeLessThan(60);
      else expect(luminance).toBeGreaterThan(220);

      await write(page, 'question');
      await inbox.nth('message_received');
      await write(page, '/help');
      await inbox.nth('command_invoked');
      await say(longAnswer, { actions: [feedback], notes });
      await say('Failed.', { actions: [[{ actionId: 'turn.retry', label: 'Retry' }]] });
      await say('Private.', { final: false });
      await channel.respond(
        { handle: `reply:${target().channelId}` },
        { kind: 'message', message: { body: { blocks: [] }, sendKey: 'p' }, private: true },
      );
      await page.locator('.why summary').click();
      await page.getByRole('button', { name: 'Good answer' }).click();
      inbox.answerNext('stored', 'unavailable');
      await inbox.nth('signal_given');
      await write(page, 'sent');
      await write(page, 'not sent');
      await page.locator('.said.failed').waitFor();
      await page.locator('#message').pressSequentially('/s');
      await page.getByRole('option').first().waitFor();
      expect(await checks()).toEqual({ lowContrast: [], faults: [], tooWide: [] });
      expect(await page.locator('#log').getAttribute('role')).toBe('log');
      expect(await page.locator('#log').getAttribute('aria-live')).toBe('polite');

      // Every control is reached with Tab, and shows that it has the focus.
      await page.keyboard.press('Escape');
      await page.locator('#message').fill('');
      await page.evaluate("document.querySelector('.skip').focus()");
      const reached: string[] = [];
      for (let step = 0; step < 60; step += 1) {
        await page.keyboard.press('Tab');
        const [name, outline] = (await page.evaluate(
          "(() => { const at = document.activeElement; const style = getComputedStyle(at); const ring = at.id === 'message' ? getComputedStyle(at.closest('form')).boxShadow : style.outlineStyle; return [at.getAttribute('aria-label') ?? at.id ?? at.textContent, ring + ' ' + at.tagName]; })()",
        )) as [string, string];
        if (outline.endsWith('BODY')) break;
        expect([name, outline]).not.toEqual([name, expect.stringMatching(/^none/)]);
        reached.push(name);
      }
      for (const name of ['new', 'Conversation', 'Copy code', 'Good answer', 'Bad answer', 'message'])
        expect(reached, reached.join(' | ')).toContain(name);
    },
  );

  test('a phone held upright: nothing sideways, nothing too small', async () => {
    const { open, inbox, say } = await begin({
      banner: () => 'A stand-in answers: set OPENAI_API_KEY to talk to a real model. '.repeat(5),
      examples: ['How high?', 'How wide?', 'How deep?', 'How long is a question that takes two lines?'],
    });
    const { page, checks } = await open({
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
    });
    await page.locator('#starters button').first().waitFor();
    expect(await checks()).toEqual({ lowContrast: [], faults: [], tooWide: [] });
    // More than fits is read from the top.
    const welcome =
      "document.querySelector('#scroller').scrollHeight > document.querySelector('#scroller').clientHeight && document.querySelector('#scroller').scrollTop === 0";
    expect(await page.evaluate(welcome)).toBe(true);
    expect(await page.locator('#latest').isVisible()).toBe(false);
    await write(page, `question ${'x'.repeat(200)}`);
    await inbox.nth('message_received');
    await say(longAnswer, { actions: [feedback], notes });
    await page.locator('.why summary').click();
    await page.locator('#message').pressSequentially('/s');
    await page.getByRole('option').first().waitFor();
    expect(await checks()).toEqual({ lowContrast: [], faults: [], tooWide: [] });
    expect(await page.evaluate('innerWidth')).toBe(360);
    // The box stays on the screen.
    const box = await page.locator('#composer').boundingBox();
    expect(box!.y + box!.height).toBeLessThanOrEqual(740);
  });

  test('who asked for less motion sees none', async () => {
    const { open, inbox, say, channel, target } = await begin();
    const running = async (page: Page): Promise<unknown> =>
      page.evaluate(
        "document.getAnimations().filter((animation) => animation.playState === 'running').length",
      );
    const { page: still } = await open({ reducedMotion: 'reduce' });
    await write(still, 'question');
    await inbox.nth('message_received');
    await channel.activity(target(), 'thinking');
    await still.locator('#thinking').waitFor();
    expect(await running(still)).toBe(0);
    await say('words', { final: false });
    await still.locator('.streaming').waitFor();
    expect(await running(still)).toBe(0);
    const { page: lively } = await open({ reducedMotion: 'no-preference' });
    await write(lively, 'question');
    await inbox.nth('message_received', 1);
    await say('words', { final: false });
    await lively.locator('.streaming').waitFor();
    expect(await running(lively)).toBeGreaterThan(0);
  });

  test.each([
    ['without a password', {}],
    ['with one', { password: 'open sesame' }],
  ])('%s, a link on another site leads back to the same conversation', async (_, options) => {
    const { open, inbox, origin } = await begin(options);
    const { page } = await open();
    const logIn = async () => {
      if (!('password' in options)) return;
      await page.getByLabel('Password').fill('open sesame');
      await page.locator('#login button:enabled').waitFor();
      await page.getByLabel('Password').press('Enter');
    };
    await logIn();
    await page.locator('#welcome').waitFor();
    await write(page, 'remember me');
    await inbox.nth('message_received');
    await page.locator('.said:not(.pending)').waitFor();
    // To the browser another name is another site; of a page there it needs no more than the link.
    await page.route('http://localhost/', (route) =>
      route.fulfill({ contentType: 'text/html', body: `<a href="${origin}/">there</a>` }),
    );
    const follow = async () => {
      await page.goto('http://localhost/');
      await page.getByRole('link', { name: 'there' }).click();
    };
    await follow();
    await page.getByText('remember me').waitFor();
    await page.context().clearCookies();
    await follow();
    await logIn();
    await page.locator('#welcome').waitFor();
    expect(await page.locator('.said').count()).toBe(0);
  });

  test('what is written before the page can send is kept', async () => {
    const { open, inbox } = await begin();
    const { page } = await open();
    let letThrough = (): void => {};
    const held = new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    await page.route('**/composer.js', async (route) => {
      await held;
      await route.continue();
    });
    await page.reload({ waitUntil: 'commit' });
    await page.locator('#message').fill('early words');
    expect(await page.locator('#send').isDisabled()).toBe(true);
    letThrough();
    await page.locator('#send:enabled').waitFor();
    expect(await page.locator('#message').inputValue()).toBe('early words');
    await page.locator('#message').press('Enter');
    expect(await inbox.nth('message_received')).toMatchObject({ text: 'early words' });
  });

  test('pictures stand below an answer with what they show in words, and are there after a reload', async () => {
    const { open, inbox, say } = await begin();
    const { page, problems } = await open();
    await write(page, 'does it help?');
    await inbox.nth('message_received');
    await say('It helps.', { images: [samplePicture('A curve that rises <b>')] });
    const shown = () =>
      page.evaluate(
        "[...document.querySelectorAll('.pictures img')].map(({ alt, complete, naturalWidth }) => ({ alt, complete, naturalWidth }))",
      );
    const expected = [{ alt: 'A curve that rises <b>', complete: true, naturalWidth: 1 }];
    await expect.poll(shown).toEqual(expected);
    await page.reload();
    await expect.poll(shown).toEqual(expected);
    expect(await texts(page, '.answer .body')).toEqual(['It helps.']);
    expect(problems).toEqual([]);
  });

  test('with a password: the login first, and out again', async () => {
    const { open, inbox } = await begin({ password: 'open sesame' });
    const { page, problems } = await open();
    await page.getByLabel('Password').fill('guess');
    await page.locator('#login button:enabled').waitFor();
    await page.getByLabel('Password').press('Enter');
    await page.getByRole('alert').filter({ hasText: 'That is not the password.' }).waitFor();
    await page.getByLabel('Password').fill('open sesame');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.locator('#message').waitFor();
    await write(page, 'inside');
    await inbox.nth('message_received');
    await page.locator('.said:not(.pending)').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByLabel('Password').waitFor();
    await page.goto(stage.origin);
    await page.getByLabel('Password').waitFor();
    expect(problems.filter((problem) => !problem.includes('401'))).toEqual([]);
  });
});
