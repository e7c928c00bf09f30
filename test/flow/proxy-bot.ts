import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import Anthropic from '@anthropic-ai/sdk';
import Database from 'better-sqlite3';
import OpenAI from 'openai';
import { expect, onTestFinished } from 'vitest';
import { createSystemClock } from '../../adapters/system/clock.ts';
import { createSystemIds } from '../../adapters/system/ids.ts';
import { runProgram } from '../../config/cli/program.ts';
import { type RunningBot, type StartOptions, startBot } from '../../config/start-bot.ts';
import { databasePath } from '../../config/storage.ts';
import { mustLoad } from '../config/settings-folder.ts';
import { createMemoryLogger, type MemoryLogger } from '../fakes/system/memory-logger.ts';
import {
  type FakeVendor,
  startFakeVendor,
  type VendorOptions,
} from '../fakes/upstream-server/vendor-server.ts';
import { workingFolder } from './metaclaw-process.ts';

type Fields = Readonly<Record<string, unknown>>;

/** One row of the table of turns, as far as tests look at it. */
export interface StoredTurn {
  readonly turnId: string;
  readonly conversation: string;
  readonly sessionId: string;
  readonly spaceId: string;
  readonly askerId: string;
  readonly line: string;
  readonly state: string;
  readonly request: string;
  readonly reply: string;
  readonly policy: string;
  /** Names, in order. */
  readonly skills: readonly string[];
  readonly usage: unknown;
}

export interface ProxyBotOptions extends Partial<Pick<StartOptions, 'clock' | 'ids' | 'loaded'>> {
  /** Sections of `metaclaw.yaml`; in place of `loaded`. */
  readonly settings?: Readonly<Record<string, Fields>>;
  readonly variables?: Readonly<Record<string, string>>;
  /** The data folder of a bot before. */
  readonly home?: string;
  /** Name and body of each skill; its description is its name in words. */
  readonly skills?: Readonly<Record<string, string>>;
}

/** A bot as `start` makes it, and what programs that call it see. */
export interface ProxyBot {
  readonly running: RunningBot;
  readonly logger: MemoryLogger;
  readonly home: string;
  /** `http://127.0.0.1:…/v1` */
  readonly baseUrl: string;
  openai(key?: string, headers?: Readonly<Record<string, string>>): OpenAI;
  anthropic(key?: string, headers?: Readonly<Record<string, string>>): Anthropic;
  /** `POST` below `/v1`, as JSON. */
  post(path: string, body: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** What a maintainer of the space of this machine is told to a line. */
  says(line: string, about?: string): Promise<string>;
  /** A line of `metaclaw` on this machine; gives standard output. */
  metaclaw(line: string): Promise<string>;
  /** Into the folder that the bot reads. */
  writeSkill(name: string, body: string): void;
  /** The turns as the file has them now, oldest first. */
  turns(): readonly StoredTurn[];
  /** The same as soon as there are so many. */
  stored(count: number): Promise<readonly StoredTurn[]>;
  /** Rows of any question to the file. */
  rows(sql: string): readonly Fields[];
}

/** A strict model server, gone after the test; it must have refused nothing by then. */
export async function vendor(options?: VendorOptions): Promise<FakeVendor> {
  const fake = await startFakeVendor(options);
  onTestFinished(async () => {
    await fake.close();
    expect(fake.refused).toEqual([]);
  });
  return fake;
}

/** Settings by which it is both vendors, asked with the operator's key. `more`: further settings of the proxy. */
export function behind(
  fake: FakeVendor,
  more: Fields = {},
): Required<Pick<ProxyBotOptions, 'settings' | 'variables'>> {
  const { baseUrl, key } = fake;
  return {
    settings: {
      proxy: {
        upstreams: [
          { name: 'vendor', dialects: ['openai-chat', 'openai-responses'], baseUrl, models: ['gpt-*'] },
          { name: 'other', dialects: ['anthropic'], baseUrl, models: ['claude-*'] },
        ],
        ...more,
      },
    },
    variables: { METACLAW_UPSTREAM_KEYS: `vendor=${key},other=${key}` },
  };
}

function writeSkill(home: string, name: string, body: string): void {
  const folder = join(home, 'skills', name);
  mkdirSync(folder, { recursive: true });
  const words = name.replaceAll('-', ' ');
  writeFileSync(
    join(folder, 'SKILL.md'),
    `---\nname: ${name}\ndescription: Use when asked about ${words}.\n---\n\n${body}\n`,
  );
}

function readTurn(row: Fields): StoredTurn {
  const conversation: { readonly spaceId: string } = JSON.parse(String(row['conversation']));
  const skills: readonly { readonly name: string }[] = JSON.parse(String(row['skills']));
  return {
    turnId: String(row['turn_id']),
    conversation: String(row['conversation_key']),
    sessionId: String(row['session_id']),
    spaceId: conversation.spaceId,
    askerId: String(row['asker_id']),
    line: String(row['line']),
    state: String(row['state']),
    request: String(row['request_text']),
    reply: String(row['reply_text']),
    policy: String(row['policy']),
    skills: skills.map(({ name }) => name),
    usage: row['usage'] === null ? null : JSON.parse(String(row['usage'])),
  };
}

export async function startProxyBot(options: ProxyBotOptions = {}): Promise<ProxyBot> {
  const home = options.loaded?.homeFolder ?? options.home ?? workingFolder();
  for (const [name, body] of Object.entries(options.skills ?? {})) writeSkill(home, name, body);
  const variables = {
    METACLAW_HOME: home,
    METACLAW_PORT: '0',
    METACLAW_MODEL_DISCOVER: 'false',
    ...options.variables,
  };
  const loaded =
    options.loaded ??
    mustLoad({ yaml: JSON.stringify({ skills: { shipped: false }, ...options.settings }), variables });
  const logger = createMemoryLogger();
  const clock = options.clock ?? createSystemClock();
  const running = await startBot({
    loaded,
    clock,
    ids: options.ids ?? createSystemIds(clock),
    logger,
    fetch: globalThis.fetch,
    processId: process.pid,
    personName: 'ada',
  });
  onTestFinished(() => running.stop().catch(() => undefined));
  await running.launched;
  const address = running.address ?? '';
  const baseUrl = `${address}/v1`;

  function rows(sql: string): readonly Fields[] {
    const database = new Database(databasePath(home), { readonly: true });
    try {
      return database.prepare<[], Fields>(sql).all();
    } finally {
      database.close();
    }
  }
  async function metaclaw(line: string): Promise<string> {
    const stdout = new PassThrough();
    const stderr = new PassThrough();
    const code = await runProgram(['node', 'metaclaw', ...line.split(' ')], {
      stdin: new PassThrough().end(),
      stdout,
      stderr,
      variables,
      workingFolder: home,
      processId: process.pid,
      nodeVersion: process.versions.node,
      fetch: globalThis.fetch,
      personName: 'ada',
    });
    if (code !== 0) throw new Error(`metaclaw ${line}: ${String(stderr.read())}`);
    return String(stdout.read() ?? '').trim();
  }

  function post(
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Response> {
    return fetch(`${baseUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  }

  let admin: Promise<string> | undefined;
  const turns = () => rows('SELECT * FROM turns ORDER BY ordinal').map(readTurn);

  return {
    running,
    logger,
    home,
    baseUrl,
    openai: (apiKey = 'unused', defaultHeaders = {}) =>
      new OpenAI({ apiKey, baseURL: baseUrl, defaultHeaders, maxRetries: 0 }),
    anthropic: (apiKey = 'unused', defaultHeaders = {}) =>
      new Anthropic({ apiKey, baseURL: address, defaultHeaders, maxRetries: 0 }),
    post,
    async says(line, about) {
      admin ??= metaclaw('key create says --admin');
      const body = { space: 'local', line, ...(about === undefined ? {} : { about }) };
      const told = await post('/commands', body, { authorization: `Bearer ${await admin}` });
      const { markdown } = Object(await told.json());
      if (typeof markdown === 'string') return markdown;
      throw new Error(`${line}: status ${told.status}`);
    },
    metaclaw,
    writeSkill: (name, body) => writeSkill(home, name, body),
    turns,
    async stored(count) {
      await expect.poll(() => turns().length, { timeout: 10_000 }).toBe(count);
      return turns();
    },
    rows,
  };
}
