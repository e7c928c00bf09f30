import { secretPatterns } from '../../domain/secret-patterns.ts';
import { cardSpans } from './card-numbers.ts';

/** A stretch of text that is a secret, or somebody's address. */
export interface SecretSpan {
  readonly from: number;
  readonly to: number;
  /** With its article, for people: `a password`. */
  readonly what: string;
  /** `warn` where it may be meant to be read by anybody. */
  readonly severity: 'refuse' | 'warn';
}

const assignment = new RegExp(
  [
    '(?<key>password|passwd|passcode|passphrase|passwort|kennwort|mot de passe|contrase(?:ñ|n)a|пароль|密码|密碼|パスワード|비밀번호',
    '|api[ _-]?key|(?:access|secret|private)[ _-]?key|(?:access|auth|bot|bearer|refresh|session)[ _-]?token|client[ _-]?secret',
    '|(?<![a-z0-9])(?:pass|pwd|pin|token|secret|clave))',
    '["\'`*_]{0,3}\\s{0,3}(?<sign>=|:|(?<=\\s)(?:is|ist|est|es|lautet)(?=\\s)|は|是)\\s{0,3}["\'`*_]{0,3}(?<value>[^\\s"\'`<>]{4,200})',
  ].join(''),
  'gi',
);
const numericKey = /^(?:pass|pin|pwd|kenn|mot|contra|clave|пароль|密|パ|비)/i;
const placeholder =
  /^(?:[{[(]|\$[A-Z{(]|%[sd(]|:[a-z_]+$|your|example|placeholder|password|passwd|passwort|pass$|pw$|pwd$|secret$|token$|none$|null$|true$|false$|undefined|redacted|hidden|changeme)|[(]|\.env\b|\benviron|([^\n])\1{7}/i;
const code = /^[a-z_$][\w$]*(?:\.[a-z_$][\w$]*)+|_|[a-z][A-Z]/;
const hyphened = /^(?:\d+|[a-z]+\d{0,2})(?:-[a-z]+)+$/i;
const keyHeader = /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----|PuTTY-User-Key-File-\d/g;
const mail = /(?<![\w.+-])[\w.+-]{1,64}@[a-z0-9.-]{1,190}\.[a-z]{2,24}\b/gi;
const phone =
  /(?<![\w+.-])(?:\+|00)[1-9][\d ()/.-]{6,22}\d(?!\w)|\(\d{3}\) ?\d{3}-\d{4}(?!\d)|(?<![\d-])\d{3}-\d{3}-\d{4}(?![\d-])/g;

/** Passwords among the arguments of a command. */
const argument =
  /\b(?:mysql|mysqldump|mariadb|sshpass)\b[^\n]{0,120}?\s-p(?<value>[^\s-]\S{3,64})|\s(?:-u|--user)[ =][\w.-]{1,64}:(?<pair>[^\s"'`<>]{4,64})/g;

/** Every secret of a text, by place. Linear in its length. */
export function secretSpans(text: string): readonly SecretSpan[] {
  const flat = flattened(text);
  return [
    ...tokenSpans(flat),
    ...keySpans(flat),
    ...assignmentSpans(flat),
    ...argumentSpans(flat),
    ...cardSpans(flat).map((span): SecretSpan => ({ ...span, what: 'a card number', severity: 'refuse' })),
    ...contactSpans(flat, mail, 'an e-mail address'),
    ...contactSpans(flat, phone, 'a phone number'),
  ].sort((a, b) => a.from - b.from);
}

/** Full-width letters and their like as plain ones, each in its place. */
function flattened(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: everything but ASCII
  return text.replaceAll(/[^\x00-\x7f]/g, (unit) => {
    const plain = unit.normalize('NFKC');
    return plain.length === 1 ? plain : unit;
  });
}

function* tokenSpans(text: string): Generator<SecretSpan> {
  for (const { what, pattern, mayBeWords } of secretPatterns) {
    for (const { 0: value, index } of text.matchAll(pattern)) {
      if (placeholder.test(value) || (mayBeWords === true && !isStrong(value))) continue;
      yield { from: index, to: index + value.length, what, severity: 'refuse' };
    }
  }
}

/** Also where its end is missing or far: all that follows may be part of it. */
function* keySpans(text: string): Generator<SecretSpan> {
  let done = 0;
  for (const { index } of text.matchAll(keyHeader)) {
    if (index < done) continue;
    const end = text.indexOf('-----END', index);
    const close = end === -1 ? -1 : text.indexOf('KEY-----', end);
    const to = close === -1 ? text.length : close + 'KEY-----'.length;
    yield { from: index, to, what: 'a private key', severity: 'refuse' };
    done = to;
  }
}

function* assignmentSpans(text: string): Generator<SecretSpan> {
  for (const { 0: whole, index, groups } of text.matchAll(assignment)) {
    const { key = '', sign = '', value = '' } = groups ?? {};
    const to = index + whole.length;
    const isTight = whole.slice(key.length).startsWith('=') && !/\s/.test(whole.slice(key.length));
    const severity = severityOf(key, value, sign, isTight, /^\s*(?:$|\n)/.test(text.slice(to, to + 8)));
    if (severity !== undefined) yield { from: to - value.length, to, what: 'a password or key', severity };
  }
}

function* argumentSpans(text: string): Generator<SecretSpan> {
  for (const { 0: whole, index, groups } of text.matchAll(argument)) {
    const value = groups?.['value'] ?? groups?.['pair'] ?? '';
    if (placeholder.test(value)) continue;
    const to = index + whole.length;
    yield { from: to - value.length, to, what: 'a password', severity: 'refuse' };
  }
}

function severityOf(
  key: string,
  written: string,
  sign: string,
  isTight: boolean,
  endsLine: boolean,
): SecretSpan['severity'] | undefined {
  const value = written.replace(/[.,;:!?)\]}]{1,8}$/, '');
  if (value.length < 4 || placeholder.test(value)) return undefined;
  if (/^\d+$/.test(value)) return numericKey.test(key) ? 'refuse' : undefined;
  if (hyphened.test(value)) return sign === ':' && endsLine ? 'warn' : undefined;
  if (isStrong(value) || isStrong(written)) return code.test(value) && !/\d/.test(value) ? 'warn' : 'refuse';
  if (isTight) return code.test(value) ? 'warn' : 'refuse';
  return sign === ':' && endsLine ? 'warn' : undefined;
}

/** Not an ordinary word: letters with digits, or with signs that words do not have. */
function isStrong(value: string): boolean {
  return /\p{L}/u.test(value) && /[\d!@#$%^&*+=?~]/.test(value);
}

function* contactSpans(text: string, pattern: RegExp, what: string): Generator<SecretSpan> {
  for (const { 0: value, index } of text.matchAll(pattern)) {
    yield { from: index, to: index + value.length, what, severity: 'warn' };
  }
}
