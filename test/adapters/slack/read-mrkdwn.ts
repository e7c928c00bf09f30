import type { SeenLinks } from '../../contract/link-spoofing.ts';

export interface ReadMrkdwn extends SeenLinks {
  /** What Slack would take for markup: `bold`, `italic`, `strike`, `code`, `fence`, `quote`, `link`, `control`. */
  readonly markup: readonly string[];
}

const decode = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

const marks: readonly (readonly [string, RegExp])[] = [
  ['bold', /(?<![\p{L}\p{N}*])\*(?=[^\s*])([^*\n]*[^\s*])\*(?![\p{L}\p{N}*])/gu],
  ['italic', /(?<![\p{L}\p{N}_])_(?=[^\s_])([^_\n]*[^\s_])_(?![\p{L}\p{N}_])/gu],
  ['strike', /(?<![\p{L}\p{N}~])~(?=[^\s~])([^~\n]*[^\s~])~(?![\p{L}\p{N}~])/gu],
];

/** Reads `text` as Slack would, and rather finds markup where Slack finds none than the other way round. */
export function readMrkdwn(source: string): ReadMrkdwn {
  const markup: string[] = [];
  const kept: string[] = [];
  const keep = (text: string): string => {
    kept.push(text);
    return `\ue000${kept.length - 1}\ue001`;
  };
  let rest = source.replaceAll(/^```\n([\s\S]*?)\n```$/gm, (_, code: string) => {
    markup.push('fence');
    return keep(code);
  });
  rest = rest.replaceAll(/`([^`\n]+)`/g, (_, code: string) => {
    markup.push('code');
    return keep(code);
  });
  if (/`/.test(rest)) markup.push('code');
  const found: { readonly mark: string; readonly url: string; readonly label: string }[] = [];
  rest = rest.replaceAll(/<([^<>]*)>/g, (_, inside: string) => {
    const [url = '', ...label] = inside.split('|');
    const isLink = /^(?:https?:\/\/|mailto:)\S+$/i.test(url) && label.length < 2;
    markup.push(isLink ? 'link' : 'control');
    found.push({ mark: `\ue002${found.length}\ue003`, url: decode(url), label: decode(label[0] ?? url) });
    return found.at(-1)?.mark ?? '';
  });
  if (/[<>]/.test(rest.replaceAll(/^(?:> )+/gm, ''))) markup.push('control');
  if (/^\s*(?:>|&gt;)/m.test(rest)) markup.push('quote');
  rest = rest.replaceAll(/^(?:> )+/gm, '');
  for (let changed = true; changed; ) {
    changed = false;
    for (const [name, pattern] of marks) {
      rest = rest.replaceAll(pattern, (_, inside: string) => {
        markup.push(name);
        changed = true;
        return inside;
      });
    }
  }
  const links: { from: number; to: number; url: string }[] = [];
  let text = '';
  for (const part of decode(rest).split(/(\ue002\d+\ue003)/)) {
    const link = found.find(({ mark }) => mark === part);
    if (link === undefined) {
      text += part.replaceAll(/\ue000(\d+)\ue001/g, (_, index: string) => decode(kept[Number(index)] ?? ''));
      continue;
    }
    links.push({ from: text.length, to: text.length + link.label.length, url: link.url });
    text += link.label;
  }
  return { text, links, markup: [...new Set(markup)].sort() };
}

const originals: Readonly<Record<string, string>> = { '∗': '*', ˍ: '_', '∼': '~', ˋ: '`', '∣': '|' };

/** With the signs that the look-alikes stand for, and without the spaces that have no width. */
export function withoutLookAlikes(value: string): string {
  return value.replaceAll(/[∗ˍ∼ˋ∣]/g, (sign) => originals[sign] ?? sign).replaceAll(/[\u200b\u2060]/g, '');
}
