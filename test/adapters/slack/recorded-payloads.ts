import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { facts } from './inbound-payloads.ts';

/** Payloads that others recorded; they need not be there. */
export const fixturesPath = join(import.meta.dirname, '../../../../shared/data/fixtures');
export const isAbsent = !existsSync(fixturesPath);

const recordSchema = z.record(z.string(), z.unknown());
/** A part of a payload that has parts itself. */
export const fieldsOf = (value: unknown) => recordSchema.parse(value ?? {});

const samplesPath = join(fixturesPath, 'slack-samples');
/** File names of samples, one for each kind of payload. */
export const samples = isAbsent ? [] : readdirSync(samplesPath).filter((name) => name.endsWith('.json'));

/** The samples hold every field that Slack may send, and nothing in them: this is what Slack would put there. */
const typical: Readonly<Record<string, string>> = {
  user: 'U0ADA',
  parent_user_id: 'U0ADA',
  item_user: facts.botUserId,
  channel: 'C0GENERAL',
  channel_type: 'channel',
  ts: '1767614390.000200',
  thread_ts: '1767614380.000100',
  event_ts: '1767614390.000200',
  deleted_ts: '1767614385.000100',
  text: 'Some words',
  team: facts.teamId,
  user_team: facts.teamId,
  team_id: facts.teamId,
  event_id: 'Ev0001',
  reaction: 'tada',
  tab: 'home',
};

/** A person's message carries no bot's fields, whatever the union of all payloads lists. */
const ofBots: ReadonlySet<string> = new Set(['bot_id', 'bot_profile', 'subtype', 'app_id']);

function fill(value: unknown, isBots: boolean, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => fill(item, isBots, key));
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).filter(
      ([name, inner]) => isBots || !ofBots.has(name) || (typeof inner === 'string' && inner !== ''),
    );
    return Object.fromEntries(entries.map(([name, inner]) => [name, fill(inner, isBots, name)]));
  }
  if (key === 'bot' && value === '') return facts.botUserId;
  if (isBots && key === 'bot_id') return 'B0OTHER';
  return value === '' ? (typical[key] ?? value) : value;
}

export const readSample = (name: string): unknown =>
  JSON.parse(readFileSync(join(samplesPath, name), 'utf8'));

/** The sample as Slack would fill it in, as an event that is delivered. */
export function filledSample(name: string) {
  const body = fieldsOf(fill(readSample(name), name.startsWith('MessageBot')));
  const event = fieldsOf(body['event']);
  // An edit changes the words.
  const edited = name.startsWith('MessageChanged')
    ? { ...event, previous_message: { ...fieldsOf(event['previous_message']), text: 'Other words' } }
    : event;
  return { ...body, type: 'event_callback', event: edited };
}
