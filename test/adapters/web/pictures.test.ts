import { expect, test } from 'vitest';
import { addressOf } from '../../../adapters/web/account.ts';
import { samplePicture } from '../../contract/channel/sample-picture.ts';
import { createMemoryTranscripts } from './memory-transcripts.ts';
import { browserWith, createWebRig, openBrowser } from './web-rig.ts';

const words = (text: string) => ({
  blocks: [{ type: 'paragraph' as const, children: [{ type: 'text' as const, text }] }],
});
const picture = samplePicture('a curve');

async function withPicture() {
  const transcripts = createMemoryTranscripts();
  const rig = createWebRig({ transcripts });
  await rig.channel.start(async () => 'stored');
  const browser = await openBrowser(rig);
  const account = await browser.account();
  const message = { body: words('It helps.'), sendKey: 'k', images: [picture] };
  const ref = await rig.channel.send(addressOf(account), message);
  const [shown] = (await browser.conversation()).messages;
  const url = shown?.pictures?.[0]?.url ?? '';
  return { transcripts, rig, browser, account, message, ref, shown, url };
}

test('a picture is served on the page’s own address, with its size and what it shows in words', async () => {
  const { browser, shown, url } = await withPicture();
  expect(shown?.pictures).toEqual([{ url, alt: 'a curve', width: 1, height: 1 }]);
  const answer = await browser.get(url);
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
  expect(answer.headers.get('cache-control')).toBe('no-store');
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  expect(new Uint8Array(await answer.arrayBuffer())).toEqual(picture.bytes);
});

test('it is there after a restart, after an edit, and once though it is sent twice', async () => {
  const { transcripts, rig, browser, account, message, ref, url } = await withPicture();
  await rig.channel.edit(ref, { body: words('It helps a lot.'), sendKey: 'e', images: [picture, picture] });
  await rig.channel.send(addressOf(account), message);
  await rig.channel.stop();
  const again = createWebRig({ transcripts });
  await again.channel.start(async () => 'stored');
  const back = browserWith(again, browser.cookie);
  const [shown] = (await back.conversation()).messages;
  expect(shown?.pictures?.map((one) => one.url)).toEqual([url]);
  expect((await back.get(url)).status).toBe(200);
});

test('nobody else gets it, and nothing else is there', async () => {
  const { rig, browser, url } = await withPicture();
  const other = await openBrowser(rig);
  expect((await other.get(url)).status).toBe(404);
  expect((await rig.call(url, {})).status).toBe(401);
  for (const odd of [
    url.replace(/0$/, '1'),
    url.replace(/0$/, '12'),
    url.replace(/0$/, 'x'),
    '/api/pictures/x/0',
  ])
    expect([odd, (await browser.get(odd)).status]).toEqual([odd, 404]);
  const foreign = { 'sec-fetch-site': 'cross-site' };
  expect((await browser.get(url, foreign)).status).toBe(403);
});

test('answers without pictures have none', async () => {
  const { rig, browser, account } = await withPicture();
  await rig.channel.send(addressOf(account), { body: words('No picture.'), sendKey: 'n' });
  expect((await browser.conversation()).messages.at(-1)?.pictures).toEqual([]);
});
